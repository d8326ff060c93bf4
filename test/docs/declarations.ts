import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../../scripts/workspace.mjs';

/** The declarations of files of src/, as they are written: what is documented is compared with them. */
export class Declarations {
  readonly #statements: readonly ts.Statement[];

  constructor(...files: readonly string[]) {
    this.#statements = files.flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      return [...ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true).statements];
    });
  }

  hasInterface(name: string): boolean {
    return this.#statements.some((each) => ts.isInterfaceDeclaration(each) && each.name.text === name);
  }

  /** The properties of an interface, each with the text of its type; methods are none. */
  properties(name: string): ReadonlyMap<string, string> {
    return new Map(
      this.#propertySignatures(name).map((property) => [nameOf(property), property.type?.getText() ?? '']),
    );
  }

  /** For each property of an interface, the properties of the object types its own type is made of. */
  payloads(name: string): ReadonlyMap<string, readonly string[]> {
    return new Map(
      this.#propertySignatures(name).map((property) => {
        const { type } = property;
        const parts = type !== undefined && ts.isIntersectionTypeNode(type) ? [...type.types] : [type];
        const names = parts.flatMap((part) =>
          part !== undefined && ts.isTypeLiteralNode(part) ? part.members.map(nameOf) : [],
        );
        return [nameOf(property), names];
      }),
    );
  }

  /** The texts of a union of literal types. */
  literals(name: string): readonly string[] {
    const alias = this.#statements.find((each) => ts.isTypeAliasDeclaration(each) && each.name.text === name);
    if (alias === undefined) throw new Error(`there is no type ${name}`);
    const texts: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isStringLiteral(node)) texts.push(node.text);
      ts.forEachChild(node, visit);
    };
    visit(alias);
    return texts;
  }

  /** Every class with its public properties. */
  classes(): ReadonlyMap<string, readonly string[]> {
    return new Map(
      this.#statements
        .filter((each) => ts.isClassDeclaration(each))
        .map(({ name, members }) => [
          name?.text ?? '',
          members.filter((member) => ts.isPropertyDeclaration(member)).map(nameOf),
        ]),
    );
  }

  #propertySignatures(name: string): readonly ts.PropertySignature[] {
    const declared = this.#statements
      .filter((each) => ts.isInterfaceDeclaration(each))
      .find((each) => each.name.text === name);
    if (declared === undefined) throw new Error(`there is no interface ${name}`);
    return declared.members.filter((member) => ts.isPropertySignature(member));
  }
}

function nameOf({ name }: ts.TypeElement | ts.ClassElement): string {
  if (name === undefined) return '';
  return ts.isIdentifier(name) || ts.isStringLiteral(name) ? name.text : name.getText();
}
