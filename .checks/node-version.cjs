// Plain script: it also runs on a Node that is too old for the project. npm puts the project's own Node 24 first.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `This needs Node 22.18 or later, and runs on ${process.versions.node}.\n` +
      'The project brings Node 24 as the npm package "node"; its install script seems to have been skipped.\n' +
      'Run: npm rebuild node --foreground-scripts',
  );
  process.exit(1);
}
