/** TLS between clients and gateway, and on both sides of it, beside a server that speaks TLS itself. */
import { readFileSync } from 'node:fs';
import { makeCertificates } from '../../test/support/certificates.ts';
import { startServer, type TlsFiles } from '../../test/support/servers.ts';
import { fillStrings, stringCases } from '../cases.ts';
import { Matrix } from '../matrix.ts';
import type { Plan, Section } from '../report.ts';
import { type Lockstep, PRIMARY, startLockstep, subjectOf } from '../subjects.ts';

export async function run(plan: Plan): Promise<Section> {
  const { authority, server } = makeCertificates();
  const files: TlsFiles = { ...server, authority };
  const trusted = { ca: readFileSync(authority), servername: 'localhost' };
  const toolOptions = ['--tls', '--cacert', authority];
  const alone = await startServer(PRIMARY, { tls: files });
  const listen = [{ address: '127.0.0.1:0', tls: { certificate: server.certificate, key: server.key } }];
  const gateway = async (name: string, primary: string, config: object): Promise<Lockstep> => ({
    ...(await startLockstep(name, { primary, workers: 1, config: { ...config } }, trusted)),
    toolOptions,
  });
  const behind = await startServer(PRIMARY, { tls: files });
  const subjects = [
    subjectOf({ name: `Valkey ${alone.version}`, port: alone.tlsPort ?? 0, pids: [alone.pid], toolOptions }),
    await gateway('Lockstep, TLS to clients', (await startServer(PRIMARY)).url, { listen }),
    await gateway('Lockstep, TLS on both sides', `valkeys://127.0.0.1:${behind.tlsPort}`, {
      listen,
      primary: { tls: { authority } },
    }),
  ];
  const cases = stringCases([{ depth: 1 }, { depth: 16 }]);
  for (const subject of subjects) await fillStrings(subject, cases);
  const matrix = await new Matrix(subjects, cases).run(plan);
  return {
    name: 'tls',
    title: 'TLS',
    text: ['TLS 1.3. The gateway uses `node:tls` here, with one worker.'],
    tables: matrix.tables(),
    goals: [],
  };
}
