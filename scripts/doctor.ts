import { doctorCommand } from './doctor/command.ts';
import { main } from './lib/cli.ts';

await main(doctorCommand);
