/** What a unit is of another one. Between modules: bytes, bits per second, cores, nanoseconds. */

export const nanosecondsPerMicrosecond = 1_000;
export const nanosecondsPerMillisecond = 1_000_000;
export const nanosecondsPerSecond = 1_000_000_000;
export const bytesPerMiB = 1_048_576;
export const bytesPerGiB = 1_073_741_824;
export const bitsPerGigabit = 1_000_000_000;
export const bitsPerByte = 8;
/** Hours of an average month as cloud price lists count it (R116). */
export const hoursPerMonth = 730;

export const millisecondsToNs = (milliseconds: number): number => Math.round(milliseconds * nanosecondsPerMillisecond);
export const secondsToNs = (seconds: number): number => Math.round(seconds * nanosecondsPerSecond);
export const secondsPerHour = 3_600;
