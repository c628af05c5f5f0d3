/**
 * Writes board/config.schema.json, which editors read, from the declaration in scripts/config/schema.ts:
 *
 *     node --import tsx scripts/generate/configSchema.ts
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { BOARD_SCHEMA } from '../config/schema.ts';

const FILE = fileURLToPath(new URL('../../board/config.schema.json', import.meta.url));

writeFileSync(FILE, await format(JSON.stringify(BOARD_SCHEMA), { parser: 'json', printWidth: 120 }));
