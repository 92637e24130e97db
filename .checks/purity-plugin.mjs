/** Rules for core and sim: time and randomness come in as arguments, arithmetic is exact, and nothing waits. */
const arguments_ = 'take it as an argument';
const engines = 'engines may differ in its last digit';
const remedies = {
  Date: { '*': 'take nowNs as an argument' },
  performance: { '*': 'take nowNs as an argument' },
  crypto: { '*': arguments_ },
  Math: {
    random: 'take a RandomStream as an argument',
    log: 'use naturalLogarithm of core/base/exact-math',
    pow: 'use powerOf of core/base/exact-math',
    exp: 'use exponential of core/base/exact-math',
    ...Object.fromEntries(
      ['expm1', 'log1p', 'log2', 'log10', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'sinh', 'cosh', 'tanh', 'asinh', 'acosh', 'atanh', 'cbrt', 'hypot'].map((name) => [name, engines]),
    ),
  },
};

/** `Date`, `globalThis.Date` and `globalThis['Date']` alike. */
const globalNameOf = (node) => {
  if (node.type === 'Identifier') return node.name;
  if (node.type !== 'MemberExpression' || node.object.type !== 'Identifier' || node.object.name !== 'globalThis') return null;
  return propertyNameOf(node);
};
const propertyNameOf = ({ computed, property }) => {
  if (!computed) return property.type === 'Identifier' ? property.name : null;
  return property.type === 'Literal' && typeof property.value === 'string' ? property.value : null;
};

const noClockOrDice = {
  create: (context) => ({
    MemberExpression(node) {
      const object = globalNameOf(node.object);
      if (object === null || !Object.hasOwn(remedies, object)) return;
      const property = propertyNameOf(node);
      const remedy = remedies[object]['*'] ?? (property === null ? null : remedies[object][property]);
      if (remedy !== null && remedy !== undefined) {
        context.report({ node, message: `${object}.${property ?? '[...]'} is not for core and sim: ${remedy}` });
      }
    },
    NewExpression(node) {
      if (globalNameOf(node.callee) === 'Date') {
        context.report({ node, message: 'new Date is not for core and sim: take nowNs as an argument' });
      }
    },
    CallExpression(node) {
      if (globalNameOf(node.callee) === 'Date') {
        context.report({ node, message: 'Date() is not for core and sim: take nowNs as an argument' });
      }
    },
    BinaryExpression(node) {
      if (node.operator === '**' && !(node.left.type === 'Literal' && node.right.type === 'Literal')) {
        context.report({ node, message: `** is not for core and sim: multiply; ${engines}` });
      }
    },
  }),
};

const noAwait = {
  create(context) {
    const refuse = (node) => context.report({ node, message: 'core and sim wait for nothing: tell the driver instead' });
    const refuseAsync = (node) => node.async && refuse(node);
    return {
      AwaitExpression: refuse,
      ForOfStatement: (node) => node.await && refuse(node),
      FunctionDeclaration: refuseAsync,
      FunctionExpression: refuseAsync,
      ArrowFunctionExpression: refuseAsync,
    };
  },
};

export default { meta: { name: 'purity' }, rules: { 'no-await': noAwait, 'no-clock-or-dice': noClockOrDice } };
