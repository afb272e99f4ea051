/** The log of what differed: filtered, with both replies side by side and how to see it for oneself. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { LiveMoment } from '../admin/live-sample.ts';
import type { DivergenceItem, DivergenceList } from '../gateway/control-view.ts';
import { requestJson } from './api.ts';
import { DivergenceDetails } from './divergence-details.tsx';
import { formatClock, formatExact, plural } from './format.ts';
import type { LiveProps } from './overview.tsx';
import { formatPlace, parsePlace } from './place.ts';

const KINDS = ['type', 'value', 'order', 'length', 'error', 'missing', 'ttl'];
const LIMIT = 200;

interface Filter {
  readonly command: string;
  readonly kind: string;
  /** Looked for in what is listed; the gateway knows nothing of it. */
  readonly text: string;
}

function readFilter(): Filter {
  const { query } = parsePlace(location.hash);
  return {
    command: query.get('command') ?? '',
    kind: query.get('kind') ?? '',
    text: query.get('text') ?? '',
  };
}

/** The filter is part of the address, so that it can be passed on. */
function useFilter(): [Filter, (change: Partial<Filter>) => void] {
  const [filter, setFilter] = useState(readFilter);
  useEffect(() => {
    const follow = (): void => setFilter(readFilter());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  const change = (part: Partial<Filter>): void => {
    const next = { ...filter, ...part };
    history.replaceState(null, '', formatPlace('divergences', { ...next }));
    setFilter(next);
  };
  return [filter, change];
}

interface Loaded {
  readonly list: DivergenceList | undefined;
  readonly problem: string;
}

/** What the gateway lists, asked for again whenever something has differed since, unless it is held. */
function useList({ command, kind }: Filter, moment: LiveMoment, isHeld: boolean): Loaded {
  const [loaded, setLoaded] = useState<Loaded>({ list: undefined, problem: '' });
  const version = isHeld ? 'held' : `${moment.verdicts.divergent} ${moment.divergences}`;
  useEffect(() => {
    let isStale = false;
    const query = new URLSearchParams({ limit: String(LIMIT) });
    if (command !== '') query.set('command', command.slice(0, 128));
    if (kind !== '') query.set('kind', kind);
    requestJson<DivergenceList>(`/api/v1/divergences?${query}`).then(
      (list) => isStale || setLoaded({ list, problem: '' }),
      (error: unknown) => isStale || setLoaded({ list: undefined, problem: String(error) }),
    );
    return () => {
      isStale = true;
    };
  }, [command, kind, version]);
  return loaded;
}

function holds(item: DivergenceItem, text: string): boolean {
  const wanted = text.toLowerCase();
  const { command, key = '', keyHash, firstDifference, primary, shadow, request = '' } = item;
  const all = [command, key, keyHash, firstDifference, primary, shadow, request, String(item.slot)];
  return all.some((part) => part.toLowerCase().includes(wanted));
}

export function Divergences({ moment }: LiveProps) {
  const [filter, changeFilter] = useFilter();
  const [isHeld, setHeld] = useState(false);
  const [selected, select] = useState<DivergenceItem>();
  const { list, problem } = useList(filter, moment, isHeld);
  const items = (list?.items ?? []).filter((item) => filter.text === '' || holds(item, filter.text));
  const shown = items.find(({ id }) => id === selected?.id) ?? selected;
  return (
    <>
      <h1 class="hidden">Divergences</h1>
      <Filters filter={filter} change={changeFilter} isHeld={isHeld} hold={setHeld} />
      <div class={shown === undefined ? 'browser' : 'browser open'}>
        <section class="panel">
          <h2 aria-live="polite">{describe(list, items.length, filter)}</h2>
          {problem === '' ? null : <p class="problem">{problem}</p>}
          {items.length === 0 ? null : <Rows items={items} selectedId={shown?.id} select={select} />}
        </section>
        {shown === undefined ? null : (
          <DivergenceDetails key={shown.id} item={shown} moment={moment} close={() => select(undefined)} />
        )}
      </div>
    </>
  );
}

function describe(list: DivergenceList | undefined, count: number, { command, kind, text }: Filter): string {
  if (list === undefined) return 'Reading the log';
  const fits = command !== '' || kind !== '' || text !== '';
  if (list.total === 0) return fits ? 'No divergence fits' : 'Nothing has differed';
  if (text !== '')
    return `${plural(count, 'divergence')} of the newest ${formatExact(list.items.length)} fit`;
  const newest =
    list.items.length < list.total ? `, the newest ${formatExact(list.items.length)} listed` : '';
  return `${plural(list.total, 'divergence')}${newest}`;
}

interface FiltersProps {
  readonly filter: Filter;
  readonly change: (part: Partial<Filter>) => void;
  readonly isHeld: boolean;
  readonly hold: (isHeld: boolean) => void;
}

function Filters({ filter, change, isHeld, hold }: FiltersProps) {
  return (
    <search class="filters">
      <label>
        Command
        <input
          type="search"
          maxLength={128}
          placeholder="get"
          value={filter.command}
          onInput={(event) => change({ command: event.currentTarget.value.trim() })}
        />
      </label>
      <label>
        Kind
        <select value={filter.kind} onChange={(event) => change({ kind: event.currentTarget.value })}>
          <option value="">all</option>
          {KINDS.map((kind) => (
            <option key={kind} value={kind}>
              {kind}
            </option>
          ))}
        </select>
      </label>
      <label class="wide">
        Text
        <input
          type="search"
          placeholder="key, hash, slot, reply"
          value={filter.text}
          onInput={(event) => change({ text: event.currentTarget.value })}
        />
      </label>
      <button type="button" aria-pressed={isHeld} onClick={() => hold(!isHeld)}>
        {isHeld ? 'Held: go on' : 'Hold still'}
      </button>
    </search>
  );
}

interface RowsProps {
  readonly items: readonly DivergenceItem[];
  readonly selectedId: number | undefined;
  readonly select: (item: DivergenceItem) => void;
}

function Rows({ items, selectedId, select }: RowsProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  /** Up and down go from one to the next, as in a list. */
  const move = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const buttons = [...(body.current?.querySelectorAll('button') ?? [])];
    const next = buttons[buttons.indexOf(document.activeElement as HTMLButtonElement) + step];
    if (step === 0 || next === undefined) return;
    event.preventDefault();
    next.focus();
    next.click();
  };
  return (
    <div class="scroll">
      <table class="rows">
        <thead>
          <tr>
            <th>Command</th>
            <th>Kind</th>
            <th>Key</th>
            <th class="number">Slot</th>
            <th class="number">Times</th>
            <th>Last</th>
          </tr>
        </thead>
        <tbody ref={body} onKeyDown={move}>
          {items.map((item) => (
            <tr key={item.id} class={item.id === selectedId ? 'selected' : ''} onClick={() => select(item)}>
              <td>
                <button type="button" class="link" aria-pressed={item.id === selectedId}>
                  {item.command}
                </button>
              </td>
              <td>
                <span class="tag">{item.kind}</span>
              </td>
              <td class="code key">{item.key ?? (item.keyHash === '' ? '–' : `#${item.keyHash}`)}</td>
              <td class="number">{item.slot < 0 ? '–' : item.slot}</td>
              <td class="number">{formatExact(item.count)}</td>
              <td class="when">{formatClock(item.at)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
