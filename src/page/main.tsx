/** The page at the admin address. It only looks: nothing on it changes the gateway. Runs in browsers. */
import { render } from 'preact';
import { App } from './app.tsx';
import { Live } from './live.ts';
import { startTheme } from './theme.ts';

startTheme();
const live = new Live();
live.start();
const root = document.getElementById('page')!;
root.textContent = '';
render(<App live={live} />, root);
