import { main } from './lib/cli.ts';
import { reportCommand } from './report/command.ts';

await main(reportCommand);
