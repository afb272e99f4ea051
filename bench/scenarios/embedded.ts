/** The engine's commands in this process, without sockets. */
import { embeddedOperations } from '../embedded/commands.ts';
import type { Plan, Section } from '../report.ts';
import { timingSection } from './micro.ts';

export async function run(plan: Plan): Promise<Section> {
  const text =
    'Commands as the scanner leaves them, executed by the engine in one thread; the replies are thrown away.';
  return timingSection('embedded', 'The engine without sockets', text, embeddedOperations(), plan.rounds);
}
