/** Kinds of records in mailboxes, 1 to 255: one list, so that no two share a number. Data. */

/** Messages of pub/sub. */
export const MAIL_PUBLISH = 1;
/** The reply of a client that waited for a key. */
export const MAIL_SERVED = 2;
