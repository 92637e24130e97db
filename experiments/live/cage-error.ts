/** This machine cannot hold a server back as asked; the message says what is missing. */
export class CageError extends Error {
  override readonly name = 'CageError';
}
