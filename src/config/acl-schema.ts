/** Settings of the gateway's own users. Main thread. It must not read files, and it does not know commands. */
import { z } from 'zod';
import { integer, optionalPath, section, special } from './leaves.ts';

const HOT = { reload: true };

const name = { error: 'must be a name without spaces' };
const rules = { error: 'must be rules in one line, such as "on >password ~app:* +@read"' };

const user = z.strictObject(
  {
    name: z.string(name).regex(/^[^\s\0]+$/, name),
    rules: z.string(rules).regex(/^[^\r\n\0]*$/, rules),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'must be a map with name and rules' : undefined) },
);

const users = special(
  z
    .array(user, { error: 'must be a list of maps with name and rules' })
    .transform((list) => list)
    .prefault([]),
  'users',
  'a list of maps with name and rules',
  'Users, with rules as ACL SETUSER takes them: { name: app, rules: "on >password ~app:* +@read" }. The user default ' +
    'may do everything without a password unless it is one of them.',
  { ...HOT, secret: true },
);

export const acl = section(
  'Users of the gateway itself: clients log in here, and may do what these rules say, whoever the gateway is to the ' +
    'primary. Without users and file clients are what they are to the primary.',
  {
    users,
    file: optionalPath('File of users in place of the list, one on each line as ACL LIST shows them.', HOT),
    logLength: integer(128, [0, 10_000], 'Entries that ACL LOG keeps.', HOT),
  },
);
