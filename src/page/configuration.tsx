/** The configuration in effect, without secrets, as one list of settings. */
import { useEffect, useState } from 'preact/hooks';
import { requestJson } from './api.ts';
import { plural } from './format.ts';
import { flatten } from './settings.ts';

export function Configuration() {
  const [settings, setSettings] = useState<readonly (readonly [path: string, value: string])[]>();
  const [problem, setProblem] = useState('');
  const [text, setText] = useState('');
  const read = (): void => {
    requestJson<Record<string, unknown>>('/api/v1/config').then(
      (config) => {
        setSettings(flatten(config));
        setProblem('');
      },
      (error: unknown) => setProblem(String(error)),
    );
  };
  useEffect(read, []);
  const wanted = text.trim().toLowerCase();
  const shown = (settings ?? []).filter((setting) => setting.join(' ').toLowerCase().includes(wanted));
  return (
    <>
      <h1 class="hidden">Configuration</h1>
      <search class="filters">
        <label class="wide">
          Setting or value
          <input
            type="search"
            placeholder="shadow."
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        </label>
        <button type="button" onClick={read}>
          Read again
        </button>
      </search>
      <section class="panel">
        <h2 aria-live="polite">{settings === undefined ? 'Reading' : plural(shown.length, 'setting')}</h2>
        {problem === '' ? null : <p class="problem">{problem}</p>}
        <div class="scroll">
          <table class="settings">
            <tbody>
              {shown.map(([path, value]) => (
                <tr key={path}>
                  <th scope="row" class="code">
                    {path}
                  </th>
                  <td class="code">{value}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
    </>
  );
}
