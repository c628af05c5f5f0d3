/**
 * Constructs that compile and that JerryScript runs wrongly without an error, found with TypeScript's types in code
 * that runs on the board. The simulated board catches what types cannot show.
 */
import ts from 'typescript';

/** @returns a line `file:line: what is wrong` for each fault in the program's files under `folders` */
export function engineFaults(program: ts.Program, folders: readonly string[]): string[] {
  const checker = program.getTypeChecker();
  const faults: string[] = [];
  for (const source of program.getSourceFiles()) {
    if (!folders.some((folder) => source.fileName.includes(`${folder}/`)) || source.isDeclarationFile) continue;
    const report = (node: ts.Node, fault: string): void => {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      faults.push(`${source.fileName}:${line + 1}: ${fault}`);
    };
    const visit = (node: ts.Node, inGenerator: boolean): void => {
      if (ts.isMethodDeclaration(node) && node.asteriskToken !== undefined && ts.isClassLike(node.parent)) {
        report(node, 'the engine does not keep the `this` of a running generator: write a function over variables');
      }
      if (inGenerator && node.kind === ts.SyntaxKind.ThisKeyword) {
        report(node, 'the engine does not keep the `this` of a running generator');
      }
      if (ts.isBinaryExpression(node) && DIVISIONS.has(node.operatorToken.kind)) {
        const isBigInt = [node.left, node.right].some((side) => mayBeBigInt(checker.getTypeAtLocation(side)));
        if (isBigInt) report(node, 'the engine divides some BigInts wrongly: reduce by Barrett, shifts or masks');
      }
      // An arrow function has the `this` of the function around it.
      const isGenerator = ts.isArrowFunction(node)
        ? inGenerator
        : ts.isFunctionLike(node)
          ? 'asteriskToken' in node && node.asteriskToken !== undefined
          : inGenerator;
      node.forEachChild((child) => visit(child, isGenerator));
    };
    visit(source, false);
  }
  return faults;
}

const DIVISIONS: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.SlashToken,
  ts.SyntaxKind.PercentToken,
  ts.SyntaxKind.SlashEqualsToken,
  ts.SyntaxKind.PercentEqualsToken,
]);

function mayBeBigInt(type: ts.Type): boolean {
  return type.isUnion() ? type.types.some(mayBeBigInt) : (type.flags & ts.TypeFlags.BigIntLike) !== 0;
}
