import { main } from './lib/cli.ts';
import { updateCommand } from './update/command.ts';

await main(updateCommand);
