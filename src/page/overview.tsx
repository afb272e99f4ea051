/** What somebody on call needs first: four answers, four plots, and which commands are concerned. */
import type { LiveCommand, LiveMoment, LiveSample } from '../admin/live-sample.ts';
import {
  formatBytes,
  formatCount,
  formatExact,
  formatMicroseconds,
  formatRate,
  formatShare,
} from './format.ts';
import { type Line, Plot } from './plot.tsx';
import { type Answer, type Mood, summarize } from './summary.ts';

export interface LiveProps {
  readonly moment: LiveMoment;
  readonly samples: readonly LiveSample[];
}

const SIGNS: Readonly<Record<Mood, string>> = { good: '✓', warning: '!', bad: '✕', quiet: '–' };

const TRAFFIC: readonly Line[] = [
  { label: 'Commands', color: '--primary', read: (sample) => sample.commandsPerSecond },
  { label: 'Error replies', color: '--bad', read: (sample) => sample.errorsPerSecond },
  { label: 'No reply', color: '--warning', read: (sample) => sample.failedPerSecond, isDashed: true },
];

const PRIMARY_LATENCY: readonly Line[] = [
  { label: 'Primary p50', color: '--primary', read: (sample) => sample.primaryP50Us },
  { label: 'Primary p99', color: '--primary', read: (sample) => sample.primaryP99Us, isDashed: true },
];

const SHADOW_LATENCY: readonly Line[] = [
  { label: 'Shadow p50', color: '--shadow', read: (sample) => sample.shadowP50Us },
  { label: 'Shadow p99', color: '--shadow', read: (sample) => sample.shadowP99Us, isDashed: true },
];

const ENGINE: readonly Line[] = [
  { label: 'Memory', color: '--primary', read: (sample) => sample.engineMemoryBytes },
];

const VERDICTS: readonly Line[] = [
  { label: 'Match', color: '--good', read: (sample) => sample.matchPerSecond },
  { label: 'Divergent', color: '--bad', read: (sample) => sample.divergentPerSecond },
  { label: 'Expected', color: '--primary', read: (sample) => sample.expectedPerSecond, isDashed: true },
  { label: 'Unconfirmed', color: '--warning', read: (sample) => sample.unconfirmedPerSecond },
  { label: 'Skipped', color: '--ink-2', read: (sample) => sample.skippedPerSecond, isDashed: true },
];

const QUEUE: readonly Line[] = [
  { label: 'Waiting', color: '--shadow', read: (sample) => sample.queueCommands },
  { label: 'Not mirrored per second', color: '--bad', read: (sample) => sample.droppedPerSecond },
  { label: 'Dirty slots', color: '--warning', read: (sample) => sample.dirtySlots, isDashed: true },
];

export function Overview({ moment, samples }: LiveProps) {
  const answers = summarize(moment, samples);
  const hasShadow = moment.status.shadow !== null;
  const latency = hasShadow ? [...PRIMARY_LATENCY, ...SHADOW_LATENCY] : PRIMARY_LATENCY;
  return (
    <>
      <h1 class="hidden">Overview</h1>
      <div class="answers">
        {answers.map((answer) => (
          <AnswerCard key={answer.question} {...answer} />
        ))}
      </div>
      <div class="plots">
        <Plot title="Traffic" lines={TRAFFIC} samples={samples} format={formatRate} />
        {moment.engine === null ? (
          <Plot
            title="Latency"
            note="From sending a command to a server to its reply"
            lines={latency}
            samples={samples}
            format={formatMicroseconds}
            isWide
            step={10}
          />
        ) : (
          <Plot title="Memory of the engine" lines={ENGINE} samples={samples} format={formatBytes} />
        )}
        {hasShadow ? (
          <Plot
            title="Verdicts"
            note="Pairs of replies per second; the axis shows one among thousands"
            lines={VERDICTS}
            samples={samples}
            format={formatCount}
            isWide
          />
        ) : null}
        {hasShadow ? (
          <Plot title="Mirror" note="Commands" lines={QUEUE} samples={samples} format={formatCount} isWide />
        ) : null}
      </div>
      <div class="columns">
        {hasShadow ? <DivergentCommands commands={moment.divergentCommands} /> : null}
        <BusiestCommands commands={moment.busiestCommands} />
      </div>
    </>
  );
}

function AnswerCard({ question, mood, answer, detail, link }: Answer) {
  return (
    <a class={`panel answer ${mood}`} href={link}>
      <h2>{question}</h2>
      <p class="verdict">
        <span class="sign" aria-hidden="true">
          {SIGNS[mood]}
        </span>
        {answer}
      </p>
      <p class="note">{detail}</p>
    </a>
  );
}

function DivergentCommands({ commands }: { readonly commands: readonly LiveCommand[] }) {
  return (
    <section class="panel">
      <h2>Top divergent commands</h2>
      {commands.length === 0 ? (
        <p class="empty">No reply has differed since the start.</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>Command</th>
                <th class="number">Differ</th>
                <th class="number">Share</th>
                <th>Kinds</th>
              </tr>
            </thead>
            <tbody>
              {commands.map(({ command, divergent, compared, kinds }) => (
                <tr key={command}>
                  <td>
                    <a href={`#divergences?${new URLSearchParams({ command })}`}>{command}</a>
                  </td>
                  <td class="number">{formatExact(divergent)}</td>
                  <td class="number">{formatShare(divergent, compared)}</td>
                  <td>
                    {Object.entries(kinds).map(([kind, count]) => (
                      <span key={kind} class="tag">
                        {kind} {formatCount(count)}
                      </span>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function BusiestCommands({ commands }: { readonly commands: readonly LiveCommand[] }) {
  const most = Math.max(1, ...commands.map(({ perSecond }) => perSecond));
  return (
    <section class="panel">
      <h2>Busiest commands</h2>
      {commands.length === 0 ? (
        <p class="empty">No commands at the moment.</p>
      ) : (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>Command</th>
                <th class="number">Rate</th>
                <th class="number">Since start</th>
                <th class="number">Errors</th>
              </tr>
            </thead>
            <tbody>
              {commands.slice(0, 10).map(({ command, perSecond, count, errors }) => (
                <tr key={command}>
                  <td>
                    {command}
                    <meter class="bar" min={0} max={most} value={perSecond} aria-hidden="true" />
                  </td>
                  <td class="number">{formatRate(perSecond)}</td>
                  <td class="number">{formatCount(count)}</td>
                  <td class="number">{errors === 0 ? '–' : formatCount(errors)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
