/** Small clusters and Sentinel groups of real servers, all on loopback. */
import {
  type ServerName,
  type ServerPlace,
  type StartOptions,
  startServer,
  type TestServer,
  type TlsFiles,
} from './servers.ts';
import { waitUntil } from './wait.ts';

export interface TestCluster {
  readonly masters: readonly TestServer[];
  /** `replicas[i]` replicates `masters[i]`. */
  readonly replicas: readonly TestServer[];
  readonly nodes: readonly TestServer[];
  /** `redis+cluster://` or `valkey+cluster://` with every node; `rediss+…` or `valkeys+…` where they speak TLS. */
  readonly url: string;
}

export interface ClusterOptions extends StartOptions {
  /** Where each node is, masters first; as `place` says when absent. */
  readonly placeOf?: (index: number) => ServerPlace;
}

const slotCount = 16_384;

/**
 * Starts `masterCount` masters with equal shares of the slots, each with a replica if `withReplicas`. With `tls` nodes
 * speak TLS with each other, and the URL leads to their TLS ports; `TestServer.client` uses the others.
 */
export async function startCluster(
  name: ServerName,
  masterCount = 3,
  withReplicas = false,
  options: ClusterOptions = {},
): Promise<TestCluster> {
  const args = clusterArguments(options);
  let started = 0;
  const start = (): Promise<TestServer> => {
    const place = options.placeOf?.(started);
    started += 1;
    return startServer(name, { ...options, ...(place === undefined ? {} : { place }), args });
  };
  const masters: TestServer[] = [];
  for (let index = 0; index < masterCount; index += 1) masters.push(await start());
  const replicas: TestServer[] = [];
  if (withReplicas) for (let index = 0; index < masterCount; index += 1) replicas.push(await start());
  const nodes = [...masters, ...replicas];
  await assignSlots(masters);
  await introduce(nodes);
  for (const [index, replica] of replicas.entries()) await replicate(replica, masters[index] as TestServer);
  for (const node of nodes) await waitForOk(node, nodes.length, replicas.length);
  const scheme = `${masters[0]?.product}${options.tls === undefined ? '' : 's'}+cluster`;
  const addresses = nodes.map((node) => `${node.host}:${node.tlsPort ?? node.port}`).join(',');
  return { masters, replicas, nodes, url: `${scheme}://${addresses}` };
}

function clusterArguments({ tls, args = [] }: ClusterOptions): string[] {
  const own = [
    '--cluster-enabled',
    'yes',
    '--cluster-node-timeout',
    '2000',
    '--cluster-config-file',
    'nodes.conf',
  ];
  if (tls !== undefined) own.push('--tls-cluster', 'yes', '--tls-replication', 'yes');
  return [...own, '--repl-diskless-sync-delay', '0', ...args];
}

/** A node that the others know and that has no slots yet. */
export async function addNode(name: ServerName, { nodes }: TestCluster): Promise<TestServer> {
  const node = await startServer(name, { args: clusterArguments({}) });
  await introduce([...nodes, node]);
  const isWell = async (): Promise<boolean> =>
    String(await ask(node, 'CLUSTER', 'INFO')).includes('cluster_state:ok');
  await waitUntil(isWell, 'the new node to be well');
  return node;
}

/** Runs commands on one node over a connection of its own. Throws on an error reply. */
export async function ask(server: TestServer, ...args: readonly (string | number)[]): Promise<unknown> {
  const client = await server.client();
  try {
    const reply = await client.call(...args);
    if (reply !== null && typeof reply === 'object' && 'error' in reply) throw new Error(reply.error);
    return reply;
  } finally {
    client.close();
  }
}

async function assignSlots(masters: readonly TestServer[]): Promise<void> {
  for (const [index, master] of masters.entries()) {
    const first = Math.floor((index * slotCount) / masters.length);
    const last = Math.floor(((index + 1) * slotCount) / masters.length) - 1;
    await ask(master, 'CLUSTER', 'ADDSLOTSRANGE', first, last);
    await ask(master, 'CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
  }
}

async function introduce(nodes: readonly TestServer[]): Promise<void> {
  const [first, ...others] = nodes;
  if (!first) return;
  for (const node of others) await ask(first, 'CLUSTER', 'MEET', node.host, node.tlsPort ?? node.port);
  for (const node of nodes) {
    const knows = async (): Promise<boolean> => {
      const lines = String(await ask(node, 'CLUSTER', 'NODES'))
        .trim()
        .split('\n');
      return lines.length === nodes.length && !lines.some((line) => line.includes('handshake'));
    };
    await waitUntil(knows, `${node.port} to know its cluster`);
  }
}

async function replicate(replica: TestServer, master: TestServer): Promise<void> {
  const id = String(await ask(master, 'CLUSTER', 'MYID'));
  await waitUntil(
    async () => (await ask(replica, 'CLUSTER', 'REPLICATE', id)) === 'OK',
    'a replica to begin',
  );
}

async function waitForOk(node: TestServer, nodeCount: number, replicaCount: number): Promise<void> {
  const settled = async (): Promise<boolean> => {
    const info = String(await ask(node, 'CLUSTER', 'INFO'));
    if (!info.includes('cluster_state:ok') || !info.includes(`cluster_known_nodes:${nodeCount}`))
      return false;
    const lines = String(await ask(node, 'CLUSTER', 'NODES'))
      .trim()
      .split('\n');
    if (lines.filter((line) => line.includes('slave')).length !== replicaCount) return false;
    const replication = String(await ask(node, 'INFO', 'replication'));
    return replication.includes('role:master') || replication.includes('master_link_status:up');
  };
  await waitUntil(settled, `the cluster to be well, asked at ${node.port}`);
}

export interface TestSentinelGroup {
  readonly master: TestServer;
  readonly replica: TestServer;
  readonly sentinels: readonly TestServer[];
  readonly groupName: string;
  /** `redis+sentinel://` or `valkey+sentinel://` with every sentinel and the group's name. */
  readonly url: string;
}

export interface SentinelGroupOptions {
  readonly sentinelCount?: number;
  /** Of the servers. */
  readonly password?: string;
  readonly sentinelPassword?: string;
  /** Servers and sentinels speak TLS with each other, and the URL leads to the sentinels' TLS ports. */
  readonly tls?: TlsFiles;
}

/** One master, one replica and three (or so) sentinels that fail over after about two seconds. */
export async function startSentinelGroup(
  name: ServerName,
  options: SentinelGroupOptions = {},
): Promise<TestSentinelGroup> {
  const { sentinelCount = 3, password, sentinelPassword, tls } = options;
  const groupName = 'main';
  const login = { ...(password === undefined ? {} : { password }), ...(tls === undefined ? {} : { tls }) };
  const quick = ['--repl-diskless-sync-delay', '0'];
  if (tls !== undefined) quick.push('--tls-replication', 'yes');
  if (password !== undefined) quick.push('--masterauth', password);
  const master = await startServer(name, { ...login, args: quick });
  const replica = await startServer(name, {
    ...login,
    args: [...quick, '--replicaof', `${master.host} ${master.tlsPort ?? master.port}`],
  });
  const linked = async (): Promise<boolean> =>
    String(await ask(replica, 'INFO', 'replication')).includes('master_link_status:up');
  await waitUntil(linked, 'the replica to be linked');
  const quorum = Math.floor(sentinelCount / 2) + 1;
  const configuration = [
    `sentinel monitor ${groupName} ${master.host} ${master.tlsPort ?? master.port} ${quorum}`,
    `sentinel down-after-milliseconds ${groupName} 1000`,
    `sentinel failover-timeout ${groupName} 5000`,
  ];
  if (password !== undefined) configuration.push(`sentinel auth-pass ${groupName} ${password}`);
  const sentinelLogin = {
    ...(sentinelPassword === undefined ? {} : { password: sentinelPassword }),
    ...(tls === undefined ? {} : { tls }),
  };
  // Sentinels talk with servers and with each other as replicas do.
  if (tls !== undefined) configuration.push('tls-replication yes');
  if (sentinelPassword !== undefined) {
    configuration.push(`requirepass ${sentinelPassword}`, `sentinel sentinel-pass ${sentinelPassword}`);
  }
  const sentinels: TestServer[] = [];
  for (let index = 0; index < sentinelCount; index += 1) {
    sentinels.push(await startServer(name, { ...sentinelLogin, sentinel: true, configuration }));
  }
  for (const sentinel of sentinels) {
    const informed = async (): Promise<boolean> => {
      const replicas = (await ask(sentinel, 'SENTINEL', 'REPLICAS', groupName)) as unknown[];
      const others = (await ask(sentinel, 'SENTINEL', 'SENTINELS', groupName)) as unknown[];
      return replicas.length === 1 && others.length === sentinelCount - 1;
    };
    await waitUntil(informed, 'the sentinels to know each other');
  }
  const addresses = sentinels.map(({ host, port, tlsPort }) => `${host}:${tlsPort ?? port}`).join(',');
  const user = password === undefined ? '' : `:${password}@`;
  const scheme = `${master.product}${tls === undefined ? '' : 's'}+sentinel`;
  return {
    master,
    replica,
    sentinels,
    groupName,
    url: `${scheme}://${user}${addresses}/${groupName}`,
  };
}
