/** What another server would lack or answer differently, of what clients use. The target is part of the address. */
import { useEffect, useState } from 'preact/hooks';
import type {
  CompatibilityFinding,
  CompatibilityReport,
  FindingKind,
} from '../compare/compatibility-report.ts';
import { requestJson } from './api.ts';
import { formatExact, plural } from './format.ts';
import { formatPlace, parsePlace } from './place.ts';

const TARGETS: readonly (readonly [value: string, title: string])[] = [
  ['valkey-9', 'Valkey 9'],
  ['valkey-8', 'Valkey 8'],
  ['redis-8', 'Redis 8'],
  ['redis-7.2', 'Redis 7.2'],
  ['redis-7.0', 'Redis 7.0'],
];

const KINDS: readonly (readonly [kind: FindingKind, title: string, empty: string])[] = [
  ['lacking', 'Not there', 'Everything that was seen is there, or has another form.'],
  ['other-form', 'There in another form', 'Nothing that was seen.'],
  ['different', 'Answered differently', 'Nothing known of what was seen.'],
];

export function CompatibilityView() {
  const given = parsePlace(location.hash).query.get('target');
  const target = TARGETS.find(([value]) => value === given)?.[0] ?? TARGETS[0]![0];
  const [report, setReport] = useState<CompatibilityReport>();
  const [problem, setProblem] = useState('');
  const read = (): void => {
    requestJson<CompatibilityReport>(`/api/v1/compatibility?target=${target}`).then(
      (answer) => {
        setReport(answer);
        setProblem('');
      },
      (error: unknown) => setProblem(String(error)),
    );
  };
  useEffect(read, [target]);
  const shown = report?.target === target ? report : undefined;
  return (
    <>
      <h1 class="hidden">Compatibility</h1>
      <search class="filters">
        <label>
          Move to
          <select
            value={target}
            onChange={(event) => {
              location.hash = formatPlace('compatibility', { target: event.currentTarget.value });
            }}
          >
            {TARGETS.map(([value, title]) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </label>
        <button type="button" onClick={read}>
          Read again
        </button>
      </search>
      {problem === '' ? null : <p class="panel problem">{problem}</p>}
      {shown === undefined ? <p class="loading">Reading</p> : <Report report={shown} />}
    </>
  );
}

function Report({ report }: { readonly report: CompatibilityReport }) {
  const { from, targetVersion, commandsSeen, commandsCount, unknownCount, findings } = report;
  return (
    <>
      <section class="panel">
        <p aria-live="polite">
          From{' '}
          {from === null ? 'a server that has not said yet what it is' : `${from.product} ${from.version}`} to{' '}
          {report.target} ({targetVersion}): {plural(findings.length, 'finding')} for{' '}
          {plural(commandsSeen, 'command')} seen {plural(commandsCount, 'time')} since the start.
          {unknownCount === 0
            ? ''
            : ` Nothing is known of ${plural(unknownCount, 'command')} of modules or later releases.`}
        </p>
        <p class="note">
          By the names of commands and options alone. What scripts run is not seen; nor is what clients have
          not sent yet.
        </p>
      </section>
      {KINDS.map(([kind, title, empty]) => (
        <Findings key={kind} title={title} empty={empty} of={findings.filter((one) => one.kind === kind)} />
      ))}
    </>
  );
}

interface FindingsProps {
  readonly title: string;
  readonly empty: string;
  readonly of: readonly CompatibilityFinding[];
}

function Findings({ title, empty, of: findings }: FindingsProps) {
  return (
    <section class="panel">
      <h2>{title}</h2>
      {findings.length === 0 ? <p class="empty">{empty}</p> : <FindingTable findings={findings} />}
    </section>
  );
}

function FindingTable({ findings }: { readonly findings: readonly CompatibilityFinding[] }) {
  return (
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th>Command</th>
            <th class="number">Seen</th>
            <th>Why</th>
            <th>In place of it</th>
          </tr>
        </thead>
        <tbody>
          {findings.map((finding, index) => (
            <tr key={index}>
              <td class="code">
                {finding.option === null ? finding.command.replace('|', ' ') : finding.example}
              </td>
              <td class="number">{formatExact(finding.count)}</td>
              <td>{finding.reason}</td>
              <td class="code">
                {finding.otherForm.map((line) => (
                  <div key={line}>{line}</div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
