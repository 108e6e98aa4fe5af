/** The command line is wrong. The message is for people and lists what is known. */
export class UsageError extends Error {}
