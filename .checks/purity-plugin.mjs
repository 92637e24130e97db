/** Rules for core and sim: time and randomness come in as arguments, and nothing waits. */
const remedies = {
  'Date.now': 'take nowNs as an argument',
  'performance.now': 'take nowNs as an argument',
  'Math.random': 'take a RandomStream as an argument',
  'Math.pow': 'multiply: Math.pow may differ between engines',
  'Math.sin': 'trigonometry may differ between engines',
  'Math.cos': 'trigonometry may differ between engines',
  'Math.exp': 'Math.exp may differ between engines',
  'Math.log': 'use naturalLogarithm of sim/kernel/random: Math.log may differ between engines',
};

const noClockOrDice = {
  create: (context) => ({
    MemberExpression(node) {
      if (node.object.type !== 'Identifier' || node.property.type !== 'Identifier') return;
      const call = `${node.object.name}.${node.property.name}`;
      if (Object.hasOwn(remedies, call)) context.report({ node, message: `${call} is not for core and sim: ${remedies[call]}` });
    },
    NewExpression(node) {
      if (node.callee.type === 'Identifier' && node.callee.name === 'Date') {
        context.report({ node, message: 'new Date is not for core and sim: take nowNs as an argument' });
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
      FunctionDeclaration: refuseAsync,
      FunctionExpression: refuseAsync,
      ArrowFunctionExpression: refuseAsync,
    };
  },
};

export default { meta: { name: 'purity' }, rules: { 'no-await': noAwait, 'no-clock-or-dice': noClockOrDice } };
