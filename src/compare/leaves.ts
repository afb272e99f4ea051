/**
 * Single values of replies: which types are forms of one another in RESP2 and RESP3, and when two scalars are equal.
 * Any thread. It must not know commands.
 */
import { decodeLatin1, equalBytes } from '../base/bytes.ts';
import {
  TYPE_ARRAY,
  TYPE_BIG_NUMBER,
  TYPE_BLOB_ERROR,
  TYPE_BOOLEAN,
  TYPE_BULK,
  TYPE_DOUBLE,
  TYPE_ERROR,
  TYPE_INTEGER,
  TYPE_MAP,
  TYPE_NULL,
  TYPE_PUSH,
  TYPE_SET,
  TYPE_SIMPLE,
  TYPE_VERBATIM,
} from '../resp/constants.ts';
import type { Reply } from '../resp/reply.ts';
import type { DivergenceKind } from './difference.ts';

/** A double as servers print it (either format): no leading or trailing zeros that would make it text. */
const PRINTED_DOUBLE = /^(-?(0|[1-9]\d*)(\.\d*[1-9])?(e[+-]\d+)?|[+-]?inf|-?nan)$/;
const LONGEST_DOUBLE = 400;
const LONGEST_INTEGER = 20;

export function isAggregate(reply: Reply): boolean {
  switch (reply.type) {
    case TYPE_ARRAY:
    case TYPE_MAP:
    case TYPE_SET:
    case TYPE_PUSH:
      return !reply.isNull;
    default:
      return false;
  }
}

/** Whether a value of one type in one protocol may be a value of the other type in the other protocol. */
export function sameValueType(left: number, right: number): boolean {
  if (left === right) return true;
  return isOtherForm(left, right) || isOtherForm(right, left);
}

/** `newer` is a type that only RESP3 has, `older` what RESP2 (or an older server) sends instead. */
function isOtherForm(newer: number, older: number): boolean {
  switch (newer) {
    case TYPE_VERBATIM:
    case TYPE_DOUBLE:
      return older === TYPE_BULK;
    case TYPE_BIG_NUMBER:
      return older === TYPE_BULK || older === TYPE_INTEGER;
    case TYPE_BOOLEAN:
      return older === TYPE_INTEGER;
    case TYPE_MAP:
    case TYPE_SET:
    case TYPE_PUSH:
      return older === TYPE_ARRAY;
    case TYPE_BLOB_ERROR:
      return older === TYPE_ERROR;
    default:
      return false;
  }
}

/** As `sameValueType`, but all texts are one type, all numbers are and all aggregates are. */
export function sameShape(left: number, right: number): boolean {
  return sameValueType(left, right) || shapeOf(left) === shapeOf(right);
}

function shapeOf(type: number): number {
  switch (type) {
    case TYPE_SIMPLE:
    case TYPE_VERBATIM:
    case TYPE_DOUBLE:
      return TYPE_BULK;
    case TYPE_BIG_NUMBER:
    case TYPE_BOOLEAN:
      return TYPE_INTEGER;
    case TYPE_MAP:
    case TYPE_SET:
    case TYPE_PUSH:
      return TYPE_ARRAY;
    default:
      return type;
  }
}

/** A scalar's text, one character per byte; booleans as `1` and `0`. Allocates. */
export function scalarText(reply: Reply): string {
  if (reply.type === TYPE_BOOLEAN) return booleanText(reply);
  return decodeLatin1(reply.bytes, reply.valueStart, reply.valueEnd);
}

function booleanText(reply: Reply): string {
  return reply.bytes[reply.valueStart] === 0x74 ? '1' : '0';
}

export function isNullReply(reply: Reply): boolean {
  return reply.isNull || reply.type === TYPE_NULL;
}

/**
 * Compares two scalars that are neither null nor errors. `tolerance` undefined: texts must be equal; a number: texts
 * that print doubles are compared as numbers that may differ by it.
 */
export function compareScalars(
  left: Reply,
  right: Reply,
  tolerance: number | undefined,
): DivergenceKind | undefined {
  const isTyped = sameValueType(left.type, right.type);
  if (!isTyped && !(tolerance !== undefined && areNumeric(left.type, right.type))) return 'type';
  if (equalText(left, right)) return undefined;
  const bothDouble = left.type === TYPE_DOUBLE && right.type === TYPE_DOUBLE;
  if (tolerance === undefined && !bothDouble) return 'value';
  return equalNumbers(left, right, tolerance ?? 0) ? undefined : 'value';
}

function areNumeric(left: number, right: number): boolean {
  const isNumber = (type: number): boolean =>
    type === TYPE_INTEGER || type === TYPE_DOUBLE || type === TYPE_BULK;
  return isNumber(left) && isNumber(right);
}

function equalText(left: Reply, right: Reply): boolean {
  if (left.type !== right.type && (left.type === TYPE_BOOLEAN || right.type === TYPE_BOOLEAN)) {
    return scalarText(left) === scalarText(right);
  }
  return equalBytes(
    left.bytes,
    left.valueStart,
    left.valueEnd,
    right.bytes,
    right.valueStart,
    right.valueEnd,
  );
}

function equalNumbers(left: Reply, right: Reply, tolerance: number): boolean {
  const leftText = printedDouble(left);
  const rightText = printedDouble(right);
  if (leftText === undefined || rightText === undefined) return false;
  const leftNumber = toDouble(leftText);
  const rightNumber = toDouble(rightText);
  if (Object.is(leftNumber, rightNumber) || leftNumber === rightNumber) return true;
  return Math.abs(leftNumber - rightNumber) <= tolerance;
}

function printedDouble(reply: Reply): string | undefined {
  if (reply.valueEnd - reply.valueStart > LONGEST_DOUBLE) return undefined;
  const text = scalarText(reply);
  return PRINTED_DOUBLE.test(text) ? text : undefined;
}

function toDouble(text: string): number {
  if (text.endsWith('inf')) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(text);
}

/** The value of a reply that is an integer in either protocol, NaN otherwise. Inexact above 2^53. */
export function integerValue(reply: Reply): number {
  if (reply.type !== TYPE_INTEGER && reply.type !== TYPE_BOOLEAN && reply.type !== TYPE_BIG_NUMBER)
    return Number.NaN;
  return reply.valueEnd - reply.valueStart > LONGEST_INTEGER ? Number.NaN : Number(scalarText(reply));
}
