/** The gateway's own users as they are configured: whether there are any, and the passwords in their rules. Pure. */
import type { AclConfig } from './schema.ts';

/** Clients are users of the gateway itself. */
export function hasUsers({ users, file }: Pick<AclConfig, 'users' | 'file'>): boolean {
  return users.length > 0 || file !== null;
}

/** A password or its hash, behind what stands for adding or removing it. */
const PASSWORD = /(?<=^|\s)([><#!])(\S+)/g;

/** The rules as they may be shown. */
export function hidePasswords(rules: string): string {
  return rules.replace(PASSWORD, '$1***');
}

/** As they stand there. */
export function passwordsIn(rules: string): string[] {
  return Array.from(rules.matchAll(PASSWORD), (match) => match[2]!);
}
