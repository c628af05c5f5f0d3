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
    // What is outside of src/ uses it as anybody would. The bench times what is behind the doors.
    files: ['firmware/**/*.ts', 'scripts/**/*.ts', 'test/{firmware,interop,scripts,simulator}/**/*.ts', 'test/*.ts'],
    ignores: ['scripts/{bench,explain,generate}/**', 'test/scripts/explain*', 'test/scripts/explain/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '/src/(?!bytes/|index\\.ts$|mqtt/index\\.ts$|trace\\.ts$)',
              message: 'src/ has three doors: index.ts, mqtt/index.ts and trace.ts. Bytes are shared.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/**/*.ts', 'firmware/**/*.ts'],
    plugins: { engine: { rules: { noBigIntDivision } } },
    rules: {
      'engine/noBigIntDivision': 'error',
      'no-restricted-syntax': [
        'error',
        ...['MethodDefinition[value.generator=true]', ':function[generator=true] ThisExpression'].map((selector) => ({
          selector,
          message: 'The engine does not keep the `this` of a running generator: write a function over variables.',
        })),
      ],
    },
  },
);
