/** Credentials in URLs, wherever a text holds them: what goes to a log, an error or the admin address passes through here. */
export const redacted = (text: string): string => text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/?#\s,@]*@/gi, '$1***@');
