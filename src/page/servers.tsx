/** Both servers with their nodes, the mirror between them, and the gateway's own workers. */
import type { ComponentChildren } from 'preact';
import type { LiveMoment } from '../admin/live-sample.ts';
import type { ServerStatus, ShadowStatus } from '../gateway/control-view.ts';
import type { EngineFigures } from '../telemetry/exporter.ts';
import { formatBytes, formatCount, formatDuration, formatExact, formatShare, plural } from './format.ts';
import type { LiveProps } from './overview.tsx';

const SLOTS = 16_384;

export function Servers({ moment }: LiveProps) {
  const { primary, shadow } = moment.status;
  return (
    <>
      <h1 class="hidden">Servers</h1>
      <div class="columns">
        <Server name="Primary" status={primary} moment={moment} />
        {shadow === null ? (
          <section class="panel">
            <h2>Shadow</h2>
            <p class="empty">There is none: shadow.url is not set.</p>
          </section>
        ) : (
          <Server name="Shadow" status={shadow} moment={moment} />
        )}
      </div>
      {shadow === null ? null : (
        <div class="columns">
          <Mirror shadow={shadow} moment={moment} />
          <DirtySlots dirty={shadow.dirty} />
        </div>
      )}
      <Workers moment={moment} />
    </>
  );
}

function Facts({ children }: { readonly children: ComponentChildren }) {
  return <dl class="facts">{children}</dl>;
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** In words and in colour. */
function State({ isUp, text }: { readonly isUp: boolean; readonly text: string }) {
  return (
    <span class={`state ${isUp ? 'good' : 'bad'}`}>
      <span class="sign" aria-hidden="true">
        {isUp ? '✓' : '✕'}
      </span>
      {text}
    </span>
  );
}

interface ServerProps {
  readonly name: 'Primary' | 'Shadow';
  readonly status: ServerStatus;
  readonly moment: LiveMoment;
}

function Server({ name, status, moment }: ServerProps) {
  const { identity, url, up, error } = status;
  const nodes = moment.nodes.filter(({ target }) => target === name.toLowerCase());
  return (
    <section class={`panel side ${name.toLowerCase()}`}>
      <div class="title">
        <h2>{name}</h2>
        <State isUp={up} text={up ? 'Up' : `Down: ${error}`} />
      </div>
      <Facts>
        <Fact name="Address">
          <span class="code">{url}</span>
        </Fact>
        <Fact name="Server">
          {identity === null ? 'not known yet' : `${identity.product} ${identity.version}`}
        </Fact>
        {name === 'Primary' && moment.engine !== null ? <Engine {...moment.engine} /> : null}
      </Facts>
      {nodes.length === 0 ? null : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>Node</th>
                <th>State</th>
                <th class="number">Connections</th>
              </tr>
            </thead>
            <tbody>
              {nodes.map((node) => (
                <tr key={node.name}>
                  <td class="code">{node.name}</td>
                  <td>
                    <State isUp={node.up} text={node.up ? 'Up' : 'Down'} />
                  </td>
                  <td class="number">{formatExact(node.connections)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function Engine({ keys, memoryBytes, blockedClients }: EngineFigures) {
  return (
    <>
      <Fact name="Keys">{formatExact(keys.reduce((sum, count) => sum + count, 0))}</Fact>
      <Fact name="Memory">{formatBytes(memoryBytes)}</Fact>
      <Fact name="Blocked clients">{formatExact(blockedClients)}</Fact>
    </>
  );
}

function Mirror({ shadow, moment }: { readonly shadow: ShadowStatus; readonly moment: LiveMoment }) {
  const dropped = Object.entries(moment.dropped);
  return (
    <section class="panel">
      <h2>Mirror</h2>
      <Facts>
        <Fact name="Mirroring">{shadow.enabled ? 'on' : 'off'}</Fact>
        <Fact name="Share of keys">{formatShare(shadow.sample, 1)}</Fact>
        <Fact name="Breaker">{shadow.breaker.open ? 'open: nothing is mirrored' : 'closed'}</Fact>
        <Fact name="Queue">
          {plural(shadow.queue.commands, 'command')}, {formatBytes(shadow.queue.bytes)}
        </Fact>
        <Fact name="Behind by">{formatDuration(shadow.queue.lagSeconds)}</Fact>
      </Facts>
      <h3>Not mirrored since the start</h3>
      {dropped.length === 0 ? (
        <p class="note">Nothing was left out.</p>
      ) : (
        <table>
          <tbody>
            {dropped.map(([reason, count]) => (
              <tr key={reason}>
                <td class="code">{reason}</td>
                <td class="number">{formatExact(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function DirtySlots({ dirty }: { readonly dirty: ShadowStatus['dirty'] }) {
  const label =
    dirty.slots === 0 ? 'No slot is dirty' : `${plural(dirty.slots, 'dirty slot')} of ${formatExact(SLOTS)}`;
  return (
    <section class="panel">
      <h2>Dirty slots</h2>
      <p class="note">Slots whose keys may differ because a write was not mirrored.</p>
      <svg
        class="slots"
        viewBox={`0 0 ${SLOTS} 100`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        <title>{label}</title>
        {dirty.ranges.map(([start, end]) => (
          <rect key={start} x={start} y="0" width={Math.max(24, end - start + 1)} height="100" />
        ))}
      </svg>
      <p>{label}</p>
      <p class="code ranges">
        {dirty.ranges.map(([start, end]) => (start === end ? start : `${start}–${end}`)).join(', ')}
        {dirty.truncated ? ' …' : ''}
      </p>
    </section>
  );
}

function Workers({ moment }: { readonly moment: LiveMoment }) {
  const { status, workers } = moment;
  return (
    <section class="panel">
      <h2>Gateway</h2>
      <Facts>
        <Fact name="Listens at">
          <span class="code">{status.listen.join(', ')}</span>
        </Fact>
        <Fact name="Transport">{status.transport}</Fact>
        <Fact name="Clients">{formatExact(status.sessions)}</Fact>
        <Fact name="Up for">{formatDuration(status.uptimeSeconds)}</Fact>
      </Facts>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th>Worker</th>
              <th>Busy</th>
              <th class="number">Clients</th>
              <th class="number">In</th>
              <th class="number">Out</th>
            </tr>
          </thead>
          <tbody>
            {workers.map((worker, index) => (
              <tr key={index}>
                <td>{index}</td>
                <td class="busy">
                  {formatShare(worker.busyRatio, 1)}
                  <meter min={0} max={1} high={0.9} value={worker.busyRatio} aria-hidden="true" />
                </td>
                <td class="number">{formatCount(worker.clients)}</td>
                <td class="number">{formatBytes(worker.bytesInPerSecond)}/s</td>
                <td class="number">{formatBytes(worker.bytesOutPerSecond)}/s</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
