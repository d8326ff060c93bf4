import * as z from 'zod';
import { DEFAULT_BASE_URL, isSafeForKeys } from '../access.js';

const DAY_SECONDS = 86_400;

/** Seconds, as the files have them; the options have milliseconds. */
export function seconds(atLeast: number): z.ZodNumber {
  const expected = `expected seconds, from ${atLeast} to ${DAY_SECONDS} (a day)`;
  return z.number(expected).min(atLeast, expected).max(DAY_SECONDS, expected);
}

export function wholeNumber(atLeast: number, atMost = Number.MAX_SAFE_INTEGER): z.ZodNumber {
  const upTo = atMost === Number.MAX_SAFE_INTEGER ? ' or more' : ` to ${atMost}`;
  const expected = `expected a whole number, ${atLeast}${upTo}`;
  return z.number(expected).int(expected).min(atLeast, expected).max(atMost, expected);
}

export function amount(): z.ZodNumber {
  const expected = 'expected a number, 0 or more';
  return z.number(expected).min(0, expected);
}

export const flag = z.boolean('expected true or false');

export const text = z.string('expected a text').min(1, 'expected a text that is not empty');

const aModel = 'expected the name of a model';
export const modelName = z.string(aModel).min(1, aModel);
export const modelNames = z.array(modelName, 'expected a list of names of models');

const anAddress = `expected an https address, or http on this machine, as ${DEFAULT_BASE_URL}: no user, password, query or fragment`;
export const address = z.string(anAddress).refine(isAddress, anAddress).meta({ format: 'uri' });

/** An address that a key may be sent to, and that holds no secret itself. */
export function isAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  return isSafeForKeys(url) && `${url.username}${url.password}${url.search}${url.hash}` === '';
}

/** A setting of a file as its schema has it: what it does, in which unit, and what holds without it. */
export function setting<Type extends z.ZodType>(
  type: Type,
  description: string,
  preset?: unknown,
): z.ZodOptional<Type> {
  return type.optional().meta({ description, ...(preset === undefined ? {} : { default: preset }) });
}

/** Settings under one name. */
export function section<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
): z.ZodOptional<z.ZodObject<Shape, z.core.$strict>> {
  return z.strictObject(shape, 'expected an object').optional();
}

/** Points an editor at the JSON schema of a file. */
export const schemaPointer = setting(text, 'Where the JSON schema of this file is, for editors.');
