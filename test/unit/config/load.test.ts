/** Loading: file, environment, command line, and all problems at once. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type LoadedConfig, loadConfig, type Overrides } from '../../../src/config/load.ts';
import { ConfigError } from '../../../src/config/problems.ts';
import { COMPARE_RULES } from '../../../src/config/schema.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { removeFolder, temporaryFolder } from '../../support/cleanup.ts';

const folder = temporaryFolder('config');
afterAll(() => removeFolder(folder));
const file = join(folder, 'lockstep.yaml');
const primary = 'redis://127.0.0.1:7000';

interface Input {
  readonly yaml?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly overrides?: Overrides;
}

function load(input: Input): Promise<LoadedConfig> {
  if (input.yaml !== undefined) writeFileSync(file, input.yaml);
  return loadConfig({
    file: input.yaml === undefined ? undefined : file,
    environment: input.environment ?? {},
    overrides: input.overrides ?? {},
  });
}

async function failure(input: Input): Promise<ConfigError> {
  const error = await load(input).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigError);
  return error as ConfigError;
}

const lines = async (input: Input): Promise<readonly string[]> => (await failure(input)).lines;

describe('sources', () => {
  test('later ones win', async () => {
    const yaml = `primary: redis://a:1\nworkers: 2\nlog: { level: debug }\nshadow: { sample: 0.5 }\n`;
    const environment = { LOCKSTEP_PRIMARY_URL: 'redis://b:1', LOCKSTEP_WORKERS: '3' };
    const { config } = await load({ yaml, environment, overrides: { workers: '4' } });
    expect(config.primary.url).toBe('redis://b:1');
    expect(config.workers).toBe(4);
    expect(config.log.level).toBe('debug');
    expect(config.shadow.sample).toBe(0.5);
  });

  test('every kind of variable', async () => {
    const environment = {
      LOCKSTEP_LISTEN: '127.0.0.1:1, unix:/tmp/a',
      LOCKSTEP_PRIMARY_URL: primary,
      LOCKSTEP_SHADOW_URL: 'redis://s:1',
      LOCKSTEP_SHADOW_QUEUE_MAXBYTES: '64mb',
      LOCKSTEP_SHADOW_ENABLED: 'false',
      LOCKSTEP_SHADOW_SAMPLE: '0.25',
      LOCKSTEP_ADMIN_TOKEN: '123456',
      LOCKSTEP_COMPARE_RULES: 'GET=shape, CONFIG GET=ignore',
      LOCKSTEP_LOG_PRETTY: '',
    };
    const { config, warnings } = await load({ environment });
    expect(config.listen.map((item) => item.address)).toEqual(['127.0.0.1:1', 'unix:/tmp/a']);
    expect(config.shadow).toMatchObject({ url: 'redis://s:1', enabled: false, sample: 0.25 });
    expect(config.shadow.queue.maxBytes).toBe(64 * 1024 * 1024);
    expect(config.admin.token).toBe('123456');
    expect(config.compare.rules).toEqual({ get: 'shape', 'config|get': 'ignore' });
    expect(config.log.pretty).toBe('auto');
    expect(warnings).toEqual([]);
  });

  test('null clears', async () => {
    const { config } = await load({
      yaml: `primary: ${primary}\nshadow: redis://s:1\n`,
      environment: { LOCKSTEP_SHADOW_URL: 'null' },
    });
    expect(config.shadow.url).toBeNull();
  });

  test('misspelt variables are warned of, others are let be', async () => {
    const environment = {
      LOCKSTEP_ADMIN_TOKN: 'x',
      LOCKSTEP_SERVICE_HOST: '10.0.0.1',
      LOCKSTEP_PORT: 'tcp://x',
    };
    const { warnings } = await load({ environment, overrides: { primary } });
    expect(warnings).toEqual(['LOCKSTEP_ADMIN_TOKN is not a setting: did you mean LOCKSTEP_ADMIN_TOKEN?']);
  });

  test('short forms and empty sections', async () => {
    const short = `primary: ${primary}\nshadow: redis://s:1\nadmin: 127.0.0.1:1\nlisten: 127.0.0.1:2\n`;
    const yaml = `${short}limits:\ncompare:\n  confirm:\n`;
    const { config } = await load({ yaml });
    expect(config.shadow.url).toBe('redis://s:1');
    expect(config.admin.listen).toBe('127.0.0.1:1');
    expect(config.listen[0]?.address).toBe('127.0.0.1:2');
    expect(config.compare.confirm.attempts).toBe(3);
  });

  test('an empty file is all defaults', async () => {
    const { config } = await load({ yaml: '# nothing\n', overrides: { primary } });
    expect(config.limits.maxClients).toBe(10000);
  });
});

describe('problems', () => {
  test('all at once, each with its path and line', async () => {
    const yaml = [
      'listen:',
      '  - address: here',
      'shadow:',
      '  sampel: 1',
      '  sample: 7',
      '  queue: { maxBytes: 3x }',
      'compare:',
      '  rules: { get: exat }',
      'limits: 5',
      'wrokers: 1',
      'workers: 0',
      '',
    ].join('\n');
    expect([...(await lines({ yaml }))].sort()).toEqual([
      `compare.rules.get: must be one of ${COMPARE_RULES.join(', ')} (lockstep.yaml:8)`,
      'limits: must be a map (lockstep.yaml:9)',
      'listen[0].address: must be HOST:PORT, [IPV6]:PORT or unix:PATH (lockstep.yaml:2)',
      'shadow.queue.maxBytes: must be a size such as 64mb or a number of bytes, 1 or more (lockstep.yaml:6)',
      'shadow.sampel: is not a setting: did you mean sample? (lockstep.yaml:4)',
      'shadow.sample: must be a number between 0 and 1 (lockstep.yaml:5)',
      'workers: must be auto or a whole number between 1 and 256 (lockstep.yaml:11)',
      'wrokers: is not a setting: did you mean workers? (lockstep.yaml:10)',
    ]);
  });

  test('from variables and options', async () => {
    const environment = { LOCKSTEP_SHADOW_SAMPLE: 'half' };
    expect(
      await lines({ environment, overrides: { workers: 'many', listen: ['127.0.0.1:1', 'x'] } }),
    ).toEqual([
      'listen[1].address: must be HOST:PORT, [IPV6]:PORT or unix:PATH (--listen)',
      'workers: must be auto or a whole number between 1 and 256 (--workers)',
      'shadow.sample: must be a number between 0 and 1 (LOCKSTEP_SHADOW_SAMPLE)',
    ]);
  });

  test('files that are not YAML, not a map, or not there', async () => {
    expect((await lines({ yaml: 'a: 1\nb: [\n' }))[0]).toMatch(/^lockstep\.yaml:\d: is not valid YAML: /);
    expect(await lines({ yaml: '- a\n' })).toEqual(['lockstep.yaml: must be a map of settings']);
    expect((await lines({ yaml: 'primary: { url: engine: }' }))[0]).toContain('write "engine:" in quotes');
    expect((await lines({ yaml: 'primary:\n  url: engine:\n' }))[0]).toContain('write "engine:" in quotes');
    const missing = loadConfig({ file: join(folder, 'missing.yaml'), environment: {}, overrides: {} });
    await expect(missing).rejects.toMatchObject({
      code: 'config_unreadable',
      message: /missing\.yaml: ENOENT/,
    });
  });

  test('shards of the engine that are no power of two, and arenas of odd sizes', async () => {
    expect(await lines({ yaml: 'engine: { shards: 3, arenaBytes: 4000000001 }' })).toEqual([
      'engine.shards: must be a power of two (lockstep.yaml:1)',
      'engine.arenaBytes: must be at most 2047mb (lockstep.yaml:1)',
      'engine.arenaBytes: must be a multiple of 8 (lockstep.yaml:1)',
    ]);
  });

  test('settings that do not go together', async () => {
    const servers = `primary: ${primary}\nshadow: ${primary}\nlisten: ["127.0.0.1:1", "127.0.0.1:1"]\n`;
    const yaml = `${servers}upstream: { reconnect: { minMs: 9000 } }\n`;
    expect(await lines({ yaml })).toEqual([
      'listen[1].address: is there twice (lockstep.yaml:3)',
      'shadow.url: is the primary itself: every write would run twice (lockstep.yaml:2)',
      'upstream.reconnect.minMs: must not be more than maxMs, which is 2000 (lockstep.yaml:4)',
    ]);
  });

  test('an admin API open to other machines', async () => {
    const error = await failure({ overrides: { primary, admin: '0.0.0.0:1' } });
    expect(error.code).toBe('admin_exposed');
    expect(error.lines).toHaveLength(1);
    const environment = { LOCKSTEP_ADMIN_TOKEN: 'secret' };
    const { config } = await load({ environment, overrides: { primary, admin: '0.0.0.0:1' } });
    expect(config.admin.listen).toBe('0.0.0.0:1');
  });

  test('passwords are not repeated', async () => {
    const error = await failure({
      overrides: { primary: 'redis://user:hunter2@', shadow: 'redis://user:hunter2@x/y' },
    });
    expect(error.message).not.toContain('hunter2');
  });
});

describe('TLS files', () => {
  const made = makeCertificates();
  const upstream = `primary: { url: ${primary}, tls: { authority: ${made.authority} } }`;

  test('are read', async () => {
    const tls = { certificate: made.server.certificate, key: made.server.key, authority: made.authority };
    const listen = [{ address: '127.0.0.1:1', tls: { ...tls, clientCertificates: 'required' } }];
    const { config } = await load({ yaml: `${upstream}\nlisten: ${JSON.stringify(listen)}\n` });
    expect(config.listen[0]?.tls?.material.certificate).toContain('BEGIN CERTIFICATE');
    expect(config.listen[0]?.tls?.material.clientCertificates).toBe('required');
    expect(config.primary.tls.material).toEqual({
      verify: true,
      authority: expect.stringContaining('BEGIN'),
    });
    expect(structuredClone(config)).toEqual(config);
  });

  test('that are wrong are named', async () => {
    const listen = [
      { address: '127.0.0.1:1', tls: { certificate: 'missing.pem', key: made.server.certificate } },
      { address: '127.0.0.1:2', tls: { certificate: made.server.certificate, key: made.client.key } },
      {
        address: '127.0.0.1:3',
        tls: { certificate: made.server.certificate, key: made.server.key, clientCertificates: 'optional' },
      },
    ];
    const error = await failure({ yaml: `${upstream}\nlisten: ${JSON.stringify(listen)}\n` });
    expect(error.code).toBe('tls_material');
    expect(error.problems.map((problem) => problem.path)).toEqual([
      'listen[0].tls.certificate',
      'listen[0].tls.key',
      'listen[1].tls.key',
      'listen[2].tls.authority',
    ]);
    expect(error.lines[0]).toContain(`cannot read ${join(folder, 'missing.pem')}: there is no such file`);
  });
});
