/** What commands ask of the engine, put together: one object for each port. Cold: once per worker. */
import type { EnginePorts } from '../commands/ports.ts';
import { AccessRules } from './access-rules.ts';
import type { Engine } from './engine.ts';
import { Introspection } from './introspection.ts';
import { KeyEvents } from './key-events.ts';
import { Reload } from './reload.ts';
import { Shutdown } from './shutdown.ts';
import { type Dialer, Targets } from './targets.ts';
import { Transactions } from './transactions.ts';

export function makePorts(engine: Engine, dialer?: Dialer): EnginePorts {
  return {
    events: new KeyEvents(engine),
    blocking: engine.blocking,
    transactions: new Transactions(engine),
    access: engine.access,
    acl: new AccessRules(engine),
    pubsub: engine.pubsub,
    settings: engine.settings,
    switches: engine.switches,
    clients: engine.directory,
    tracking: engine.tracker,
    monitors: engine.monitors,
    pause: engine.held,
    scripts: engine.scripting,
    functions: engine.scripting.functions,
    snapshots: engine.snapshots,
    information: engine.information,
    commandLog: engine.watch,
    latency: engine.watch.latency,
    shutdown: new Shutdown(engine),
    reload: new Reload(engine),
    targets: new Targets(engine, dialer),
    introspection: new Introspection(engine.plan),
  };
}
