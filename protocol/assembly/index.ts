// ristretto255 (RFC 9496): decoding, encoding, multi-scalar multiplication by Pippenger's bucket method with signed
// windows for public scalars, and sums over fixed bases without secret branches or addresses for secret ones. The caller
// lays out memory from `heapStart` on.

import {
  absolute, add, copy, equals, FE, fromBytes, invert, isNegative, isZero, mul, neg, negateIf, pow22523, select, setSmall,
  square, sub, toBytes,
} from './field'

const D = memory.data<i32>([56195235, 13857412, 51736253, 6949390, 114729, 24766616, 60832955, 30306712, 48412415, 21499315])
const D2 = memory.data<i32>([45281625, 27714825, 36363642, 13898781, 229458, 15978800, 54557047, 27058993, 29715967, 9444199])
const SQRT_M1 = memory.data<i32>([34513072, 25610706, 9377949, 3500415, 12389472, 33281959, 41962654, 31548777, 326685, 11406482])
const INVSQRT_A_MINUS_D = memory.data<i32>([6111466, 4156064, 39310137, 12243467, 41204824, 120896, 20826367, 26493656, 6093567, 31568420])
const ONE = memory.data<i32>([1, 0, 0, 0, 0, 0, 0, 0, 0, 0])

/** Extended coordinates X, Y, Z, T: 160 bytes. */
const POINT: usize = 4 * FE
/** Affine y+x, y-x, 2dxy: 120 bytes. */
export const NIELS: usize = 3 * FE

@inline function X(p: usize): usize { return p }
@inline function Y(p: usize): usize { return p + FE }
@inline function Z(p: usize): usize { return p + 2 * FE }
@inline function T(p: usize): usize { return p + 3 * FE }

/** The first free byte of the memory. */
export function heapStart(): usize {
  return (__heap_base + 15) & ~15
}

const R0 = memory.data(40), R1 = memory.data(40), R2 = memory.data(40), R3 = memory.data(40), R4 = memory.data(40)

/** out = |sqrt(1/v)| or |sqrt(i/v)|; true when 1/v is a square (RFC 9496 section 4.2 with u = 1). */
function inverseSquareRoot(out: usize, v: usize): bool {
  square(R0, v)
  mul(R0, R0, v) // v^3
  square(R1, R0)
  mul(R1, R1, v) // v^7
  pow22523(R1, R1)
  mul(R0, R0, R1) // r
  square(R1, R0)
  mul(R1, R1, v) // v r^2
  const correct = equals(R1, ONE)
  neg(R2, ONE)
  const flipped = equals(R1, R2)
  neg(R2, SQRT_M1)
  const flippedByI = equals(R1, R2)
  mul(R1, R0, SQRT_M1)
  select(R0, R0, R1, <i32>flipped | <i32>flippedByI)
  absolute(out, R0)
  return (<i32>correct | <i32>flipped) != 0
}

const S = memory.data(40), SS = memory.data(40), U1 = memory.data(40), U2 = memory.data(40), U2S = memory.data(40)
const V = memory.data(40), I = memory.data(40), DX = memory.data(40), DY = memory.data(40)
const PX = memory.data(40), PY = memory.data(40), PT = memory.data(40)
const CANONICAL = memory.data(32)

/** RFC 9496 section 4.3.1 into PX, PY, PT with Z = 1; false for anything that is not a canonical encoding. */
function decodeAffine(encoded: usize): bool {
  fromBytes(S, encoded)
  toBytes(CANONICAL, S)
  if (memory.compare(CANONICAL, encoded, 32) != 0 || (load<u8>(encoded) & 1) == 1) return false
  square(SS, S)
  sub(U1, ONE, SS)
  add(U2, ONE, SS)
  square(U2S, U2)
  square(V, U1)
  mul(V, V, D)
  neg(V, V)
  sub(V, V, U2S)
  mul(I, V, U2S)
  const wasSquare = inverseSquareRoot(I, I)
  mul(DX, I, U2)
  mul(DY, I, DX)
  mul(DY, DY, V)
  add(PX, S, S)
  mul(PX, PX, DX)
  absolute(PX, PX)
  mul(PY, U1, DY)
  mul(PT, PX, PY)
  return wasSquare && !isNegative(PT) && !isZero(PY)
}

/**
 * Decodes `count` encodings of 32 bytes into `count` entries of NIELS bytes. Returns -1, or the index of the first
 * encoding that is not canonical (what lies behind it is not written).
 */
export function decodeAll(encoded: usize, count: i32, niels: usize): i32 {
  for (let i = 0; i < count; i++) {
    if (!decodeAffine(encoded + (<usize>i << 5))) return i
    const out = niels + <usize>i * NIELS
    add(R0, PY, PX)
    mul(out, R0, ONE)
    sub(R0, PY, PX)
    mul(out + FE, R0, ONE)
    mul(out + 2 * FE, PT, D2)
  }
  return -1
}

const E0 = memory.data(40), E1 = memory.data(40), E2 = memory.data(40), E3 = memory.data(40), E4 = memory.data(40)
const E5 = memory.data(40)

/** RFC 9496 section 4.3.2, without branches: which representative of the coset `p` is may be secret. */
function encode(out: usize, p: usize): void {
  add(E0, Z(p), Y(p))
  sub(E1, Z(p), Y(p))
  mul(E0, E0, E1) // u1
  mul(E1, X(p), Y(p)) // u2
  square(E2, E1)
  mul(E2, E2, E0)
  inverseSquareRoot(E2, E2)
  mul(E0, E2, E0) // den1
  mul(E1, E2, E1) // den2
  mul(E2, E0, E1)
  mul(E2, E2, T(p)) // 1/Z
  mul(E3, T(p), E2)
  const rotate = <i32>isNegative(E3)
  mul(E4, Y(p), SQRT_M1)
  mul(E5, X(p), SQRT_M1)
  mul(E0, E0, INVSQRT_A_MINUS_D)
  select(E4, X(p), E4, rotate) // x
  select(E5, Y(p), E5, rotate) // y
  select(E1, E1, E0, rotate) // den
  mul(E3, E4, E2)
  negateIf(E5, E5, <i32>isNegative(E3))
  sub(E5, Z(p), E5)
  mul(E5, E1, E5)
  absolute(E5, E5)
  toBytes(out, E5)
}

const A = memory.data(40), B = memory.data(40), C = memory.data(40), F = memory.data(40)

function setIdentity(p: usize): void {
  setSmall(X(p), 0)
  setSmall(Y(p), 1)
  setSmall(Z(p), 1)
  setSmall(T(p), 0)
}

// The last step of all additions: (E, H, G, F) of the unified formulas are in A, B, C, F.
@inline function finish(r: usize): void {
  mul(X(r), A, F)
  mul(Y(r), B, C)
  mul(Z(r), C, F)
  mul(T(r), A, B)
}

/** r += n, or r -= n when `negate`; n in NIELS form. 7 multiplications. */
function addNiels(r: usize, n: usize, negate: bool): void {
  const plus = negate ? n + FE : n
  const minus = negate ? n : n + FE
  add(A, Y(r), X(r))
  sub(B, Y(r), X(r))
  mul(A, A, plus)
  mul(B, B, minus)
  mul(C, n + 2 * FE, T(r))
  add(F, Z(r), Z(r))
  add(R0, A, B)
  sub(A, A, B)
  copy(B, R0)
  if (negate) {
    sub(R0, F, C)
    add(F, F, C)
  } else {
    add(R0, F, C)
    sub(F, F, C)
  }
  copy(C, R0)
  finish(r)
}

/** r += q, both in extended coordinates. */
function addPoint(r: usize, q: usize): void {
  add(A, Y(r), X(r))
  sub(B, Y(r), X(r))
  add(R0, Y(q), X(q))
  sub(R1, Y(q), X(q))
  mul(A, A, R0)
  mul(B, B, R1)
  mul(C, T(r), T(q))
  mul(C, C, D2)
  mul(F, Z(r), Z(q))
  add(F, F, F)
  add(R0, A, B)
  sub(A, A, B)
  copy(B, R0)
  add(R0, F, C)
  sub(F, F, C)
  copy(C, R0)
  finish(r)
}

/** r = 2 r (a = -1, Hisil, Wong, Carter, Dawson 2008, dbl-2008-hwcd). */
function double(r: usize): void {
  square(A, X(r))
  square(B, Y(r))
  square(C, Z(r))
  add(C, C, C)
  add(R0, X(r), Y(r))
  square(R0, R0)
  add(R1, A, B) // H = -(A + B) up to the common sign
  sub(R2, R0, R1) // E
  sub(R3, B, A) // G = B - A
  sub(R4, C, R3) // -(G - C)
  mul(R4, R4, ONE)
  mul(X(r), R2, R4)
  mul(Y(r), R3, R1)
  mul(T(r), R2, R1)
  mul(Z(r), R3, R4)
}

/** Signed digits of `windows` windows of `width` bits for `count` 32-byte scalars: i16 digits[window][scalar]. */
function recode(scalars: usize, count: i32, width: i32, windows: i32, digits: usize): void {
  const mask: u32 = (1 << width) - 1
  const half: i32 = 1 << (width - 1)
  for (let i = 0; i < count; i++) {
    const s = scalars + (<usize>i << 5)
    let carry: i32 = 0
    for (let w = 0; w < windows; w++) {
      const bit = w * width
      const byte = bit >> 3
      let chunk: u32 = 0
      for (let k = 0; k < 4; k++) if (byte + k < 32) chunk |= <u32>load<u8>(s + <usize>(byte + k)) << (k << 3)
      let digit = <i32>((chunk >> (bit & 7)) & mask) + carry
      carry = 0
      if (digit > half) {
        digit -= 1 << width
        carry = 1
      }
      store<i16>(digits + ((<usize>w * <usize>count + <usize>i) << 1), <i16>digit)
    }
  }
}

const SUM = memory.data(160), RUNNING = memory.data(160), TOTAL = memory.data(160)

/**
 * out (32 bytes) = encoding of sum scalar_i * point_i. `scalars`: 32 bytes each, canonical, below 2^`scalarBits`.
 * `scratch` holds 160 * 2^(width-1) bytes of buckets and then 2 * count * windows bytes of digits.
 * Width 4..13; windows = scalarBits / width + 1.
 */
export function multiply(
  niels: usize, scalars: usize, count: i32, scalarBits: i32, width: i32, scratch: usize, out: usize,
): void {
  const windows = scalarBits / width + 1
  const buckets = 1 << (width - 1)
  const digits = scratch + <usize>buckets * POINT
  recode(scalars, count, width, windows, digits)
  setIdentity(TOTAL)
  for (let w = windows - 1; w >= 0; w--) {
    for (let i = 0; i < width; i++) double(TOTAL)
    for (let b = 0; b < buckets; b++) setIdentity(scratch + <usize>b * POINT)
    const row = digits + ((<usize>w * <usize>count) << 1)
    for (let i = 0; i < count; i++) {
      const digit = <i32>load<i16>(row + (<usize>i << 1))
      if (digit == 0) continue
      const bucket = (digit > 0 ? digit : -digit) - 1
      addNiels(scratch + <usize>bucket * POINT, niels + <usize>i * NIELS, digit < 0)
    }
    setIdentity(RUNNING)
    setIdentity(SUM)
    for (let b = buckets - 1; b >= 0; b--) {
      addPoint(RUNNING, scratch + <usize>b * POINT)
      addPoint(SUM, RUNNING)
    }
    addPoint(TOTAL, SUM)
  }
  encode(out, TOTAL)
}

/** Bytes of the table of a fixed base: 64 windows of 4 bits, multiples 1..8, in NIELS form. */
export const FIXED_TABLE: usize = 64 * 8 * 120

const POWER = memory.data(160), MULTIPLE = memory.data(160), INVERSE = memory.data(40)
const NX = memory.data(40), NY = memory.data(40)

/** NIELS form of a point in extended coordinates. */
function storeNiels(out: usize, p: usize): void {
  invert(INVERSE, Z(p))
  mul(NX, X(p), INVERSE)
  mul(NY, Y(p), INVERSE)
  add(R0, NY, NX)
  mul(out, R0, ONE)
  sub(R0, NY, NX)
  mul(out + FE, R0, ONE)
  mul(R0, NX, NY)
  mul(out + 2 * FE, R0, D2)
}

/** Fills FIXED_TABLE bytes for one base of 32 bytes; false when it is no canonical encoding. */
export function buildFixedTable(encoded: usize, table: usize): bool {
  if (!decodeAffine(encoded)) return false
  copy(X(POWER), PX)
  copy(Y(POWER), PY)
  setSmall(Z(POWER), 1)
  copy(T(POWER), PT)
  for (let w = 0; w < 64; w++) {
    memory.copy(MULTIPLE, POWER, POINT)
    for (let j = 0; j < 8; j++) {
      storeNiels(table + <usize>(w * 8 + j) * NIELS, MULTIPLE)
      if (j < 7) addPoint(MULTIPLE, POWER)
    }
    for (let i = 0; i < 4; i++) double(POWER)
  }
  return true
}

const DIGITS = memory.data(64), CHOSEN = memory.data(120)

/** 64 signed digits in -8..8 of a canonical scalar of 32 bytes; no branch on it. */
function recodeFixed(scalar: usize): void {
  let carry: i32 = 0
  for (let i = 0; i < 64; i++) {
    const nibble = (<i32>load<u8>(scalar + <usize>(i >> 1)) >> ((i & 1) << 2)) & 15
    const digit = nibble + carry
    carry = (digit + 7) >> 4
    store<i8>(DIGITS + <usize>i, <i8>(digit - (carry << 4)))
  }
}

/** CHOSEN = digit times the base of one window; reads all eight entries whatever the digit is. */
function chooseMultiple(window: usize, digit: i32): void {
  const sign = digit >> 31
  const magnitude = (digit ^ sign) - sign
  setSmall(CHOSEN, 1)
  setSmall(CHOSEN + FE, 1)
  setSmall(CHOSEN + 2 * FE, 0)
  for (let j = 1; j <= 8; j++) {
    const difference = <u32>(magnitude ^ j)
    const mask: u64 = <u64>((difference - 1) >> 31) * 0xffffffffffffffff
    const entry = window + <usize>(j - 1) * NIELS
    for (let i: usize = 0; i < NIELS; i += 8) {
      const kept = load<u64>(CHOSEN + i)
      store<u64>(CHOSEN + i, kept ^ ((kept ^ load<u64>(entry + i)) & mask))
    }
  }
  const negate = sign & 1
  copy(R0, CHOSEN)
  select(CHOSEN, CHOSEN, CHOSEN + FE, negate)
  select(CHOSEN + FE, CHOSEN + FE, R0, negate)
  negateIf(CHOSEN + 2 * FE, CHOSEN + 2 * FE, negate)
}

/**
 * out_i = sum over the bases of scalar_{base,i} * base, plus point_i where `points` is not 0; 32 bytes each. `tables`
 * holds FIXED_TABLE bytes a base, `scalars` 32 * count bytes a base. Scalars are secret, points are public. Returns -1,
 * or the index of the first point that is not canonical.
 */
export function fixedSums(tables: usize, bases: i32, scalars: usize, count: i32, points: usize, out: usize): i32 {
  for (let i = 0; i < count; i++) {
    setIdentity(TOTAL)
    if (points != 0) {
      if (!decodeAffine(points + (<usize>i << 5))) return i
      copy(X(TOTAL), PX)
      copy(Y(TOTAL), PY)
      copy(T(TOTAL), PT)
    }
    for (let b = 0; b < bases; b++) {
      recodeFixed(scalars + ((<usize>b * <usize>count + <usize>i) << 5))
      const table = tables + <usize>b * FIXED_TABLE
      for (let w = 0; w < 64; w++) {
        chooseMultiple(table + <usize>w * 8 * NIELS, <i32>load<i8>(DIGITS + <usize>w))
        addNiels(TOTAL, CHOSEN, false)
      }
    }
    encode(out + (<usize>i << 5), TOTAL)
  }
  return -1
}
