/**
 * The built-ins of JerryScript 984c39fa with the es.next profile and of Kaluma 1.2.1, printed by the real engine. The
 * simulated board removes everything else that Node's engine has from its context. `@@` stands for a well-known symbol;
 * the properties that every function and prototype has (length, name, prototype, constructor) are left out.
 */

/** The language's globals. */
export const LANGUAGE_GLOBALS =
  'undefined NaN Infinity Object Function Array String Boolean Number Date RegExp Error EvalError RangeError ' +
  'ReferenceError SyntaxError TypeError URIError Math Reflect JSON ArrayBuffer Int8Array Uint8Array Int16Array ' +
  'Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array BigUint64Array Uint8ClampedArray Promise ' +
  'Map Set WeakMap WeakSet Symbol globalThis DataView Proxy BigInt eval isNaN isFinite decodeURI decodeURIComponent ' +
  'encodeURI encodeURIComponent parseFloat parseInt escape unescape';

/** Kaluma's. */
export const BOARD_GLOBALS =
  'global HIGH LOW INPUT OUTPUT INPUT_PULLUP INPUT_PULLDOWN LOW_LEVEL HIGH_LEVEL RISING FALLING CHANGE pinMode ' +
  'digitalRead digitalWrite digitalToggle pulseRead pulseWrite setWatch clearWatch attachInterrupt detachInterrupt ' +
  'enableInterrupts disableInterrupts analogRead analogWrite tone noTone setTimeout setInterval clearTimeout ' +
  'clearInterval delay millis delayMicroseconds micros console process TextEncoder TextDecoder btoa atob SystemError ' +
  'print seed require storage board __ieee80211dev __netdev';

export const BUILTIN_MODULES =
  'events gpio led button pwm adc i2c spi uart graphics at storage wifi stream net http url rp2 rtc path flash fs ' +
  'vfs_lfs vfs_fat sdcard wdt pico_cyw43';

const DATE_FIELDS = 'Date FullYear Hours Milliseconds Minutes Month Seconds Time';
const dateMethods = (verb: string) =>
  DATE_FIELDS.split(' ')
    .flatMap((field) => [verb + field, `${verb}UTC${field}`])
    .join(' ');

/** Properties of the language's constructors and prototypes; those of what is not listed are left alone. */
export const PROPERTIES: Readonly<Record<string, string>> = {
  Array: '@@species from isArray of',
  'Array.prototype':
    '@@iterator @@unscopables concat copyWithin entries every fill filter find findIndex flat flatMap forEach includes ' +
    'indexOf join keys lastIndexOf map pop push reduce reduceRight reverse shift slice some sort splice ' +
    'toLocaleString toString unshift values',
  ArrayBuffer: '@@species isView',
  'ArrayBuffer.prototype': '@@toStringTag byteLength slice',
  BigInt: '',
  'BigInt.prototype': '@@toStringTag toString valueOf',
  'DataView.prototype':
    '@@toStringTag buffer byteLength byteOffset getBigInt64 getBigUint64 getFloat32 getFloat64 getInt16 getInt32 ' +
    'getInt8 getUint16 getUint32 getUint8 setBigInt64 setBigUint64 setFloat32 setFloat64 setInt16 setInt32 setInt8 ' +
    'setUint16 setUint32 setUint8',
  Date: 'UTC now parse',
  'Date.prototype':
    `@@toPrimitive ${dateMethods('get')} ${dateMethods('set')} getDay getUTCDay getTimezoneOffset getYear setYear ` +
    'toDateString toGMTString toISOString toJSON toLocaleDateString toLocaleString toLocaleTimeString toString ' +
    'toTimeString toUTCString valueOf',
  // The engine has no stackTraceLimit; without it V8 would take no traces, which the board's records show.
  Error: 'stackTraceLimit',
  'Function.prototype': '@@hasInstance apply arguments bind call caller toString',
  JSON: '@@toStringTag parse stringify',
  Map: '@@species',
  'Map.prototype': '@@iterator @@toStringTag clear delete entries forEach get has keys set size values',
  Math:
    '@@toStringTag E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2 abs acos acosh asin asinh atan atan2 atanh cbrt ceil clz32 ' +
    'cos cosh exp expm1 floor fround hypot imul log log10 log1p log2 max min pow random round sign sin sinh sqrt tan ' +
    'tanh trunc',
  Number:
    'EPSILON MAX_SAFE_INTEGER MAX_VALUE MIN_SAFE_INTEGER MIN_VALUE NEGATIVE_INFINITY NaN POSITIVE_INFINITY isFinite ' +
    'isInteger isNaN isSafeInteger parseFloat parseInt',
  Object:
    'assign create defineProperties defineProperty entries freeze fromEntries getOwnPropertyDescriptor ' +
    'getOwnPropertyDescriptors getOwnPropertyNames getOwnPropertySymbols getPrototypeOf is isExtensible isFrozen ' +
    'isSealed keys preventExtensions seal setPrototypeOf values',
  Promise: '@@species all race reject resolve',
  'Promise.prototype': '@@toStringTag catch finally then',
  Reflect:
    'apply construct defineProperty deleteProperty get getOwnPropertyDescriptor getPrototypeOf has isExtensible ownKeys ' +
    'preventExtensions set setPrototypeOf',
  RegExp: '@@species',
  'RegExp.prototype':
    '@@match @@matchAll @@replace @@search @@split compile dotAll exec flags global ignoreCase multiline source sticky ' +
    'test toString unicode',
  Set: '@@species',
  'Set.prototype': '@@iterator @@toStringTag add clear delete entries forEach has keys size values',
  String: 'fromCharCode fromCodePoint raw',
  'String.prototype':
    '@@iterator charAt charCodeAt codePointAt concat endsWith includes indexOf lastIndexOf localeCompare match matchAll ' +
    'padEnd padStart repeat replace replaceAll search slice split startsWith substr substring toLocaleLowerCase ' +
    'toLocaleUpperCase toLowerCase toString toUpperCase trim trimEnd trimLeft trimRight trimStart valueOf',
  Symbol:
    'asyncIterator for hasInstance isConcatSpreadable iterator keyFor match matchAll replace search species split ' +
    'toPrimitive toStringTag unscopables',
  'Symbol.prototype': '@@toPrimitive @@toStringTag description toString valueOf',
  'WeakMap.prototype': '@@toStringTag delete get has set',
  'WeakSet.prototype': '@@toStringTag add delete has',
  TypedArray: '@@species from of',
  'TypedArray.prototype':
    '@@iterator @@toStringTag buffer byteLength byteOffset copyWithin entries every fill filter find findIndex forEach ' +
    'includes indexOf join keys lastIndexOf map reduce reduceRight reverse set slice some sort subarray ' +
    'toLocaleString toString values',
  'Iterator.prototype': '@@iterator',
};
