import { _, type Ajv2020, type CodeKeywordDefinition, type KeywordCxt, Name } from 'ajv/dist/2020.js';
import { equalItems, equalJson } from './equal-json.ts';

/** The module that a precompiled validator imports the functions of {@link defineOwnKeywords} from, without its extension. */
export const KEYWORD_FUNCTIONS_MODULE = './equal-json';
/** The names that it imports. */
export const KEYWORD_FUNCTIONS = [equalJson, equalItems].map(({ name }) => name);

/**
 * Replaces the code of keywords whose own code in ajv 8 judges some JSON values wrongly, or throws:
 *
 * - `const`, `enum` and `uniqueItems` call `valueOf`, `toString` and `constructor` of a payload's objects;
 * - `uniqueItems` misses two equal strings `__proto__`;
 * - `patternProperties` throws where a branch beside it, such as one of `anyOf`, did not match;
 * - `unevaluatedProperties` takes members named as those of Object.prototype for evaluated ones;
 * - `multipleOf` rejects quotients from 1e21.
 *
 * Their place in the order of the keywords and their error messages stay.
 */
export function defineOwnKeywords(ajv: Ajv2020): void {
  for (const [keyword, codeOf] of OWN_CODE) {
    const rule = ajv.RULES.all[keyword];
    if (typeof rule !== 'object') throw new Error(`ajv has no keyword "${keyword}": see own-keywords.ts`);
    const original = rule.definition as CodeKeywordDefinition;
    rule.definition = { ...rule.definition, code: codeOf(original.code) } as typeof rule.definition;
  }
}

type KeywordCode = CodeKeywordDefinition['code'];

const OWN_CODE: ReadonlyMap<string, (original: KeywordCode) => KeywordCode> = new Map([
  ['const', (): KeywordCode => constCode],
  ['enum', (): KeywordCode => enumCode],
  ['uniqueItems', (): KeywordCode => uniqueItemsCode],
  ['multipleOf', (): KeywordCode => multipleOfCode],
  ['patternProperties', patternPropertiesCode],
  ['unevaluatedProperties', unevaluatedPropertiesCode],
]);

function constCode(cxt: KeywordCxt): void {
  const { data, schema, schemaCode } = cxt;
  if (isStructured(schema)) cxt.fail(_`!${functionOf(cxt, equalJson)}(${data}, ${schemaCode})`);
  else cxt.fail(_`${schema} !== ${data}`);
}

function enumCode(cxt: KeywordCxt): void {
  const { gen, data, schema, schemaCode } = cxt;
  const values = schema as unknown[];
  if (values.length === 0) throw new Error('enum must have non-empty array');
  const listed = gen.const('listed', schemaCode);
  cxt.pass(
    values.some(isStructured)
      ? _`${listed}.some((value) => ${functionOf(cxt, equalJson)}(${data}, value))`
      : _`${listed}.includes(${data})`,
  );
}

function uniqueItemsCode(cxt: KeywordCxt): void {
  const { gen, data, schema } = cxt;
  if (schema !== true) return;
  const equal = gen.const('equal', _`${functionOf(cxt, equalItems)}(${data})`);
  cxt.setParams({ i: _`${equal}[0]`, j: _`${equal}[1]` });
  cxt.fail(_`${equal} !== undefined`);
}

/** A remainder is exact. A quotient is not, but fractions such as 0.01 are inexact themselves: 0.03 % 0.01 is not 0. */
function multipleOfCode(cxt: KeywordCxt): void {
  const { data, schema, schemaCode } = cxt;
  if (Number.isInteger(schema)) cxt.fail(_`${data} % ${schemaCode} !== 0`);
  else cxt.fail(_`!Number.isInteger(${data} / ${schemaCode})`);
}

/**
 * The code adds the names that match to the object of evaluated members. A branch beside it makes that object while
 * validating: there is none if the branch did not match, and it is `true` if the branch evaluates all members.
 */
function patternPropertiesCode(original: KeywordCode): KeywordCode {
  return (cxt) => {
    const { gen, it } = cxt;
    const { props } = it;
    if (!(props instanceof Name)) {
      original(cxt);
      return;
    }
    const own = gen.var('props', _`${props} === undefined || ${props} === true ? {} : ${props}`);
    it.props = own;
    original(cxt);
    gen.if(_`${props} !== true`, () => gen.assign(props, own));
    it.props = props;
  };
}

function unevaluatedPropertiesCode(original: KeywordCode): KeywordCode {
  return (cxt) => {
    const { gen, it } = cxt;
    const { props } = it;
    // The names that are found while validating are the members of an object, which must inherit none.
    if (props instanceof Name) {
      gen.if(_`${props} !== true`, () => gen.assign(props, _`Object.assign(Object.create(null), ${props})`));
    }
    original(cxt);
  };
}

function isStructured(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** The name of a function in the generated code. */
function functionOf({ gen }: KeywordCxt, ref: (...args: never[]) => unknown): Name {
  return gen.scopeValue('func', { ref, code: _`${new Name(ref.name)}` });
}
