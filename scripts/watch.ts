import { main } from './lib/cli.ts';
import { watchCommand } from './watch/command.ts';

await main(watchCommand);
