/** Names that clients may give themselves. Pure. As `validateClientName` (valkey 8.0 `networking.c`). */

export const BAD_NAME = 'ERR Client names cannot contain spaces, newlines or special characters.';

/** Printable ASCII without spaces; empty is allowed and means no name. */
export function isClientName(text: string): boolean {
  return /^[!-~]*$/.test(text);
}
