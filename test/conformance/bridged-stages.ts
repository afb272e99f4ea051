/**
 * Where clients and servers speak different versions of RESP: gateways before a server without HELLO, or with
 * connections in one version whatever clients speak. Each shadow is spoken to in the other version than the primary.
 */
import { startGateway } from '../support/gateway.ts';
import { type ServerName, startServer } from '../support/servers.ts';
import { SERVER_ARGUMENTS, type SuiteStage } from './stages.ts';

interface BridgedStage {
  readonly name: string;
  readonly sessions: 'pooled' | 'pinned';
  /** What is spoken with the primary; `auto`: it has no HELLO. */
  readonly protocol: 'auto' | 'resp2' | 'resp3';
  /** The same for a shadow, where there is one. */
  readonly shadow?: 'auto' | 'resp2' | 'resp3';
}

const bridgedStages: readonly BridgedStage[] = [
  { name: 'no HELLO, pooled', sessions: 'pooled', protocol: 'auto' },
  { name: 'RESP2, pooled, shadow in RESP3', sessions: 'pooled', protocol: 'resp2', shadow: 'resp3' },
  { name: 'RESP2, pinned', sessions: 'pinned', protocol: 'resp2' },
  { name: 'RESP3, pooled', sessions: 'pooled', protocol: 'resp3' },
  { name: 'RESP3, pinned, shadow in RESP2', sessions: 'pinned', protocol: 'resp3', shadow: 'resp2' },
];

const WITHOUT_HELLO = [...SERVER_ARGUMENTS, '--rename-command', 'HELLO', ''];

/** Starts all of them for a release. */
export function setBridgedStages(server: ServerName): Promise<readonly SuiteStage[]> {
  return Promise.all(bridgedStages.map((stage) => setStage(server, stage)));
}

async function setStage(server: ServerName, stage: BridgedStage): Promise<SuiteStage> {
  const start = (protocol: string) =>
    startServer(server, { args: protocol === 'auto' ? WITHOUT_HELLO : SERVER_ARGUMENTS });
  const primary = await start(stage.protocol);
  const shadow = stage.shadow === undefined ? undefined : await start(stage.shadow);
  const gateway = await startGateway({
    primary: primary.url,
    config: {
      upstream: { sessions: stage.sessions, protocol: stage.protocol },
      shadow: { protocol: stage.shadow ?? 'auto' },
      compare: { divergences: { showKeys: true, showValues: true } },
    },
    ...(shadow === undefined ? {} : { shadow: shadow.url }),
  });
  const divergences = async (): Promise<unknown> => {
    if (shadow === undefined) return [];
    await gateway.shadowIdle();
    return (await gateway.admin('/api/v1/divergences?limit=20')).items;
  };
  const isPooled = stage.sessions === 'pooled';
  return { name: stage.name, isGateway: true, isPooled, target: { port: gateway.port }, divergences };
}
