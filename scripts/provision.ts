import { main } from './lib/cli.ts';
import { provisionCommand } from './provision/command.ts';

await main(provisionCommand);
