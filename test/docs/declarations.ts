import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../../scripts/workspace.mjs';

type Members = ts.NodeArray<ts.TypeElement>;

/** The declarations of a file of src/, as it is written: what is documented is compared with them. */
export class Declarations {
  readonly #statements: readonly ts.Statement[];

  constructor(file: string) {
    const text = readFileSync(join(root, file), 'utf8');
    this.#statements = [...ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true).statements];
  }

  /** Names of the interfaces that stand here. */
  get interfaces(): readonly string[] {
    return this.#statements.filter(ts.isInterfaceDeclaration).map(({ name }) => name.text);
  }

  /** The properties of an interface, each with the text of its type. */
  properties(name: string): ReadonlyMap<string, string> {
    return new Map(this.#members(name).map((member) => [nameOf(member), typeOf(member)?.getText() ?? '']));
  }

  /** For each property of an interface, the properties of the object types that its own type is made of. */
  payloads(name: string): ReadonlyMap<string, readonly string[]> {
    return new Map(
      this.#members(name).map((member) => {
        const type = typeOf(member);
        const parts = type !== undefined && ts.isIntersectionTypeNode(type) ? type.types : [type];
        const literals = parts.filter((part) => part !== undefined && ts.isTypeLiteralNode(part));
        return [nameOf(member), literals.flatMap(({ members }) => members.map(nameOf))];
      }),
    );
  }

  /** The texts of a union of literal types. */
  literals(name: string): readonly string[] {
    const type = this.#statements.filter(ts.isTypeAliasDeclaration).find((alias) => alias.name.text === name);
    const texts: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteral(node)) texts.push(node.text);
      ts.forEachChild(node, visit);
    };
    if (type !== undefined) visit(type.type);
    return texts;
  }

  /** Every exported class, with its public properties. */
  classes(): ReadonlyMap<string, readonly string[]> {
    return new Map(
      this.#statements.filter(ts.isClassDeclaration).map((declared) => [
        declared.name?.text ?? '',
        declared.members
          .filter(ts.isPropertyDeclaration)
          .filter((member) => ts.isIdentifier(member.name))
          .map(nameOf),
      ]),
    );
  }

  #members(name: string): Members {
    const declared = this.#statements
      .filter(ts.isInterfaceDeclaration)
      .find((each) => each.name.text === name);
    if (declared === undefined) throw new Error(`there is no interface ${name}`);
    return declared.members;
  }
}

function nameOf(member: ts.TypeElement | ts.ClassElement): string {
  const { name } = member;
  if (name === undefined) return '';
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : name.getText();
}

function typeOf(member: ts.TypeElement): ts.TypeNode | undefined {
  return ts.isPropertySignature(member) ? member.type : undefined;
}
