import { explainCommand } from './explain/command.ts';
import { EXIT, interruption, main } from './lib/cli.ts';

// In order, so that the folder of a local endpoint goes.
interruption().addEventListener('abort', () => process.exit(EXIT.failure));
await main(explainCommand);
