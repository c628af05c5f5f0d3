import { explainCommand } from './explain/command.ts';
import { EXIT, interruption, main } from './lib/cli.ts';

// Exits in the orderly way when it is interrupted, so that the folder of a local endpoint is removed.
interruption().addEventListener('abort', () => process.exit(EXIT.failure));
await main(explainCommand);
