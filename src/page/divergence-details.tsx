/** One divergence: what it is, both replies with the first difference marked, and the commands that show it again. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LiveMoment } from '../admin/live-sample.ts';
import type { DivergenceItem } from '../gateway/control-view.ts';
import { type Marked, markDifference } from './difference.ts';
import { formatExact, formatTime } from './format.ts';
import { type Reproduction, reproduce } from './reproduce.ts';

interface DetailsProps {
  readonly item: DivergenceItem;
  readonly moment: LiveMoment;
  readonly close: () => void;
}

export function DivergenceDetails({ item, moment, close }: DetailsProps) {
  const place = useRef<HTMLElement>(null);
  // On a phone it is below the list.
  useEffect(() => place.current?.scrollIntoView({ block: 'nearest' }), []);
  const difference = markDifference(item.primary, item.shadow);
  return (
    <section ref={place} class="panel details" aria-label="Selected divergence">
      <div class="title">
        <h2>
          {item.command.replace('|', ' ').toUpperCase()} <span class="tag">{item.kind}</span>
        </h2>
        <button type="button" class="plain" onClick={close}>
          Close
        </button>
      </div>
      <dl class="facts">
        <Fact
          name="Key"
          value={item.key ?? 'hashed: compare.divergences.showKeys is off'}
          isCode={item.key !== undefined}
        />
        <Fact name="Hash of the key" value={item.keyHash || '–'} isCode />
        <Fact name="Slot" value={item.slot < 0 ? '–' : String(item.slot)} />
        <Fact name="Differs at" value={item.firstDifference} isCode />
        <Fact name="Times" value={formatExact(item.count)} />
        <Fact name="Last" value={formatTime(item.at)} />
      </dl>
      <Reply name="primary" isHidden={difference.isHidden} {...difference.primary} />
      <Reply name="shadow" isHidden={difference.isHidden} {...difference.shadow} />
      {difference.isHidden ? (
        <p class="note">
          Both look the same because values are redacted: compare.divergences.showValues shows them.
        </p>
      ) : null}
      <h3>See for yourself</h3>
      <Reproductions item={item} moment={moment} />
    </section>
  );
}

interface FactProps {
  readonly name: string;
  readonly value: string;
  readonly isCode?: boolean;
}

function Fact({ name, value, isCode }: FactProps) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isCode === true ? 'code' : ''}>{value}</dd>
    </div>
  );
}

interface ReplyProps extends Marked {
  readonly name: 'primary' | 'shadow';
  readonly isHidden: boolean;
}

function Reply({ name, isHidden, before, marked, after }: ReplyProps) {
  return (
    <figure class={`reply ${name}`}>
      <figcaption>{name === 'primary' ? 'Primary' : 'Shadow'}</figcaption>
      <pre>
        {before}
        {isHidden ? null : <mark>{marked === '' ? <span class="nothing">nothing here</span> : marked}</mark>}
        {after}
      </pre>
    </figure>
  );
}

function Reproductions({ item, moment }: { readonly item: DivergenceItem; readonly moment: LiveMoment }) {
  const { primary, shadow } = moment.status;
  const nodeOf = (side: 'primary' | 'shadow'): string =>
    moment.nodes.find(({ target, up }) => target === side && up)?.name ?? '';
  const all: readonly [name: string, url: string, node: string][] = [
    ['Primary', primary.url, nodeOf('primary')],
    ...(shadow === null ? [] : [['Shadow', shadow.url, nodeOf('shadow')] as [string, string, string]]),
  ];
  const shown = all.map(([name, url, node]): [string, Reproduction] => [name, reproduce(item, url, node)]);
  const note = shown[0]?.[1].note ?? '';
  return (
    <>
      {shown.map(([name, { line }]) => (
        <Copyable key={name} name={name} line={line} />
      ))}
      {note === '' ? null : <p class="note">{note}</p>}
    </>
  );
}

function Copyable({ name, line }: { readonly name: string; readonly line: string }) {
  const text = useRef<HTMLElement>(null);
  const [state, setState] = useState('Copy');
  const copy = (): void => {
    const selectIt = (): void => {
      getSelection()?.selectAllChildren(text.current!);
      setState('Selected');
    };
    // Browsers lend the clipboard to pages of this machine and of TLS only.
    if (navigator.clipboard === undefined) selectIt();
    else navigator.clipboard.writeText(line).then(() => setState('Copied'), selectIt);
  };
  return (
    <div class="copyable">
      <code ref={text}>{line}</code>
      <button type="button" aria-label={`Copy the command for the ${name.toLowerCase()}`} onClick={copy}>
        {state}
      </button>
    </div>
  );
}
