import { fleetCommand } from './fleet/command.ts';
import { main } from './lib/cli.ts';

await main(fleetCommand);
