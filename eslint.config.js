import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { noBigIntDivision } from './scripts/lint/noBigIntDivision.js';

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', name: 'test', package: 'node:test' }] },
      ],
      // `TRACE:` marks what only the PC runs; see src/bytes/annotation.ts.
      'no-unused-labels': 'off',
      eqeqeq: 'error',
    },
  },
  {
    files: ['src/**/*.ts', 'firmware/**/*.ts'],
    plugins: { engine: { rules: { noBigIntDivision } } },
    rules: { 'engine/noBigIntDivision': 'error' },
  },
);
