/**
 * Writes board/config.schema.json, which editors read, from the declaration in scripts/config/schema.ts:
 *
 *     node --import ./scripts/typescript.js scripts/generate/configSchema.ts
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { BOARD_SCHEMA } from '../config/schema.ts';
import { formatted } from './formatted.ts';

const FILE = fileURLToPath(new URL('../../board/config.schema.json', import.meta.url));

writeFileSync(FILE, await formatted(FILE, JSON.stringify(BOARD_SCHEMA)));
