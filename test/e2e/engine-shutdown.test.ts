/** SHUTDOWN on the engine: refused, unless the configuration lets clients end the process. */
import { expect, it } from 'vitest';
import { startGateway } from '../support/gateway.ts';

const REFUSED = 'ERR lockstep: SHUTDOWN is not available through the gateway';

it('SHUTDOWN is refused where the configuration does not allow it', async () => {
  const gateway = await startGateway({ config: { engine: { arenaBytes: '16mb' } } });
  const client = await gateway.client();
  for (const option of ['NOSAVE', 'ABORT', 'NOSUCH'])
    expect(await client.callTyped('SHUTDOWN', option)).toMatchObject({ type: 'error', text: REFUSED });
  expect(await client.call('PING')).toBe('PONG');
  client.close();
});

it('SHUTDOWN ends the process as SIGTERM does, for all workers', async () => {
  const gateway = await startGateway({
    workers: 2,
    config: { engine: { arenaBytes: '16mb' }, upstream: { allowShutdown: true } },
  });
  const [client, other] = [await gateway.client(), await gateway.client()];
  const wrong = [['NOSUCH'], ['SAVE', 'NOSAVE'], ['ABORT', 'NOW']];
  for (const options of wrong)
    expect(await client.callTyped('SHUTDOWN', ...options)).toMatchObject({ text: 'ERR syntax error' });
  expect(await client.callTyped('SHUTDOWN', 'ABORT')).toMatchObject({ text: 'ERR No shutdown in progress.' });
  expect(await client.callTyped('SHUTDOWN', 'SAVE')).toMatchObject({ type: 'error' });
  await client.call('MULTI');
  expect(await client.callTyped('SHUTDOWN', 'NOSAVE')).toMatchObject({ type: 'error' });
  await client.call('DISCARD');
  client.sendCommand('SHUTDOWN', 'NOSAVE', 'NOW');
  await client.waitForClose();
  await other.waitForClose();
  expect(await gateway.waitForLog('draining')).toMatchObject({ signal: 'SHUTDOWN' });
  // It exits 0.
  await gateway.stop();
});
