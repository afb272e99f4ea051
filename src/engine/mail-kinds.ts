/** Kinds of records in mailboxes, 1 to 255: one list, so that no two share a number. Data. */

/** Messages of pub/sub. */
export const MAIL_PUBLISH = 1;
/** Commands about clients: who is there, these are, disconnect those. */
export const MAIL_ASK_CLIENTS = 2;
export const MAIL_CLIENTS = 3;
export const MAIL_KILL = 4;
/** Tracking: a key that a client has read has changed, for a client that another redirects to, that one is gone. */
export const MAIL_INVALIDATE = 5;
export const MAIL_REDIRECTED = 6;
export const MAIL_BROKEN = 7;
/** All keys are gone; keys with a prefix have changed. */
export const MAIL_FLUSHED = 8;
export const MAIL_BROADCAST = 9;
/** A line for MONITOR; clients are not paused any longer. */
export const MAIL_MONITOR = 10;
export const MAIL_UNPAUSE = 11;
/** The reply of a client that waited for a key. */
export const MAIL_SERVED = 12;
/** Users have changed. */
export const MAIL_ACCESS = 13;
/** A script that another worker has met; all are forgotten. */
export const MAIL_SCRIPT = 20;
export const MAIL_SCRIPTS_FLUSHED = 21;
/** Libraries have changed. */
export const MAIL_FUNCTIONS = 22;
