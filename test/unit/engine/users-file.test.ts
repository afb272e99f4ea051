/** The file of users where no server is compared: at start, where it cannot be used, and at the level of Redis 7.2. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildCommandTable } from '../../../src/commands/table.ts';
import { ConfigError } from '../../../src/config/problems.ts';
import { createEngineMemory } from '../../../src/engine/engine-memory.ts';
import { prepareUsers } from '../../../src/engine/users-file.ts';
import { temporaryFolder } from '../../support/cleanup.ts';
import { makeEngine, type TestEngine, type TestEngineOptions } from './in-process-engine.ts';

const table = buildCommandTable();
const sizes = { databases: 16, shards: 4, arenaBytes: 4 * 1024 * 1024 };

interface Users {
  readonly file?: string;
  readonly password?: string;
}

function engineWith(
  { file, password = undefined }: Users,
  compatibility: NonNullable<TestEngineOptions['compatibility']> = 'valkey-9',
): TestEngine {
  const memory = createEngineMemory({ ...sizes, compatibility }, 1, table.catalogueCount);
  const config = { ...sizes, compatibility, password: password ?? null, aclFile: file ?? null };
  prepareUsers(memory, table, config);
  return makeEngine({ memory, compatibility });
}

function fileOf(...lines: readonly string[]): string {
  const file = path.join(temporaryFolder('users'), 'users.acl');
  fs.writeFileSync(file, lines.join('\n'));
  return file;
}

describe('users at start', () => {
  it('come from the file', () => {
    const client = engineWith({ file: fileOf('user a on >x +get ~a', 'user default off') }).client();
    expect(client.line('PING')).toBe('-NOAUTH Authentication required.\r\n');
    expect(client.line('AUTH a x')).toBe('+OK\r\n');
    expect(client.line('GET a')).toBe('$-1\r\n');
    expect(client.line('GET b')).toContain('-NOPERM');
  });

  it('are the default one with a password', () => {
    const client = engineWith({ password: 'sécret' }).client();
    expect(client.line('PING')).toBe('-NOAUTH Authentication required.\r\n');
    expect(client.call('AUTH', 'sécret')).toBe('+OK\r\n');
    expect(client.line('CONFIG GET requirepass')).toContain(Buffer.from('sécret').toString('latin1'));
    expect(client.line('ACL LIST')).toMatch(/user default on #[0-9a-f]{64} ~\* &\* \+@all/);
  });

  it('are an error of the configuration where the file cannot be used', () => {
    const missing = path.join(temporaryFolder('users'), 'none.acl');
    for (const [file, message] of [
      [missing, `Error loading ACLs, opening file '${missing}': No such file or directory`],
      [fileOf('user a (+get'), 'Unmatched parenthesis in selector definition.'],
      [fileOf('user a +nosuch'), "Error in applying operation '+nosuch'"],
    ] as const) {
      expect(() => engineWith({ file })).toThrow(ConfigError);
      expect(() => engineWith({ file })).toThrow(`engine.aclFile: `);
      expect(() => engineWith({ file })).toThrow(message);
    }
  });
});

describe('ACL LOAD and SAVE', () => {
  it('disconnect everybody but the user default as Redis 7.2 does', () => {
    const file = fileOf('user a on nopass +@all', 'user default on nopass +@all ~* &*');
    const closes = (['redis-7.2', 'redis-8'] as const).map((level) => {
      const { client } = engineWith({ file }, level);
      const [admin, user] = [client(), client()];
      user.line('AUTH a x');
      expect(admin.line('ACL LOAD')).toBe('+OK\r\n');
      expect(admin.client.closing).toBe(false);
      return user.client.closing;
    });
    expect(closes).toEqual([true, false]);
  });

  it('say what went wrong and leave everything as it was', () => {
    const file = fileOf('user a on nopass +@all');
    const admin = engineWith({ file }).client();
    fs.rmSync(path.dirname(file), { recursive: true });
    expect(admin.line('ACL LOAD')).toBe(
      `-ERR Error loading ACLs, opening file '${file}': No such file or directory\r\n`,
    );
    expect(admin.line('ACL SAVE')).toBe(
      '-ERR There was an error trying to save the ACLs. Please check the server logs for more information ' +
        '(lockstep: No such file or directory)\r\n',
    );
    expect(admin.line('ACL USERS')).toBe('*2\r\n$1\r\na\r\n$7\r\ndefault\r\n');
  });

  it('keep what they write and leave nothing else behind', () => {
    const file = fileOf('user a on nopass +@all');
    const admin = engineWith({ file }).client();
    admin.line('ACL SETUSER b off (~x +get) >secret');
    expect(admin.line('ACL SAVE')).toBe('+OK\r\n');
    expect(fs.readdirSync(path.dirname(file))).toEqual(['users.acl']);
    const before = admin.line('ACL LIST');
    admin.line('ACL DELUSER a b');
    expect(admin.line('ACL LOAD')).toBe('+OK\r\n');
    expect(admin.line('ACL LIST')).toBe(before);
    expect(fs.readFileSync(file, 'latin1')).not.toContain('secret');
  });
});
