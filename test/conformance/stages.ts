/**
 * Where the suite is played: a server alone, the same once more (which proves that the cases are repeatable), and
 * gateways before servers of the same release. Every stage has servers of its own, so all are played at once.
 */
import { type ConfigPart, mergeConfig, startGateway } from '../support/gateway.ts';
import type { RawClientOptions } from '../support/raw-client.ts';
import { type ServerName, startServer } from '../support/servers.ts';
import type { Stage } from './transcript.ts';

export const gatewayStageNames = ['pooled', 'pinned', 'pooled, shadow', 'pinned, shadow'] as const;
const stageNames = ['server again', ...gatewayStageNames] as const;
export type StageName = (typeof stageNames)[number];

/** A stage of the suite. */
export interface SuiteStage extends Stage {
  readonly name: string;
  readonly isGateway: boolean;
  readonly isPooled: boolean;
  readonly target: RawClientOptions & { readonly port: number };
  /** What the gateway reports as divergent; nothing where there is no shadow. */
  readonly divergences: () => Promise<unknown>;
}

export interface Stages {
  readonly reference: SuiteStage;
  readonly others: readonly SuiteStage[];
}

/**
 * `--hz`: expired keys and clients that wait are looked at often. Nothing gets into the slow log because the machine is
 * slow.
 */
export const SERVER_ARGUMENTS: readonly string[] = ['--hz', '500', '--slowlog-log-slower-than', '60000000'];

/** Starts all stages of a release. */
export async function setStages(server: ServerName): Promise<Stages> {
  const reference = await serverStage(server, 'server');
  const others = await Promise.all(stageNames.map((name) => setStage(server, name)));
  return { reference, others };
}

async function setStage(server: ServerName, name: StageName): Promise<SuiteStage> {
  if (name === 'server again') return serverStage(server, name);
  const primary = await startServer(server, { args: SERVER_ARGUMENTS });
  const isPooled = name.startsWith('pooled');
  const config: ConfigPart = { upstream: { sessions: isPooled ? 'pooled' : 'pinned' } };
  const hasShadow = name.endsWith('shadow');
  const shadow = hasShadow ? await startServer(server, { args: SERVER_ARGUMENTS }) : undefined;
  const gateway = await startGateway({
    primary: primary.url,
    config: mergeConfig(config, { compare: { divergences: { showKeys: true, showValues: true } } }),
    ...(shadow === undefined ? {} : { shadow: shadow.url }),
  });
  const divergences = async (): Promise<unknown> => {
    if (!hasShadow) return [];
    await gateway.shadowIdle();
    return (await gateway.admin('/api/v1/divergences?limit=20')).items;
  };
  return { name, isGateway: true, isPooled, target: { port: gateway.port }, divergences };
}

/** A server alone. */
export async function serverStage(server: ServerName, name: string): Promise<SuiteStage> {
  const { port } = await startServer(server, { args: SERVER_ARGUMENTS });
  return { name, isGateway: false, isPooled: false, target: { port }, divergences: async () => [] };
}
