/**
 * ESLint rule: no `/`, `%`, `/=` or `%=` on BigInts in code that runs on the board. JerryScript computes some quotients
 * wrongly and gives no error. The simulated board catches what this rule cannot see.
 */
import { ESLintUtils } from '@typescript-eslint/utils';
import ts from 'typescript';

export const noBigIntDivision = ESLintUtils.RuleCreator.withoutDocs({
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      division: 'BigInt `{{operator}}` gives wrong answers on the engine: reduce by Barrett, shifts or masks.',
    },
  },
  defaultOptions: [],
  create(context) {
    const services = ESLintUtils.getParserServices(context);
    const check = (node) => {
      const operator = node.operator.replace('=', '');
      if (operator !== '/' && operator !== '%') return;
      if (![node.left, node.right].some((side) => mayBeBigInt(services.getTypeAtLocation(side)))) return;
      context.report({ node, messageId: 'division', data: { operator } });
    };
    return { BinaryExpression: check, AssignmentExpression: check };
  },
});

function mayBeBigInt(type) {
  return type.isUnion() ? type.types.some(mayBeBigInt) : (type.flags & ts.TypeFlags.BigIntLike) !== 0;
}
