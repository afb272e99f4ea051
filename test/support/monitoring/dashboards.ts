/** Every dashboard; each is a file of its name in `dashboards/`. */
import type { Dashboard } from './dashboard.ts';
import { divergence } from './divergence-dashboard.ts';
import { engine } from './engine-dashboard.ts';
import { nodesDashboard } from './nodes-dashboard.ts';
import { overview } from './overview-dashboard.ts';

export const dashboards: readonly Dashboard[] = [overview, divergence, engine, nodesDashboard];
