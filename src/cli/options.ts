import { Option, type Command } from 'commander';

/** The syntax of --include and --exclude, for help. */
const FILTER_HELP = `
Filters:
  --include and --exclude take 'types=…;namespaces=…;names=…;selector=…': any of the four, all given ones must hold.
  types, namespaces and names are lists separated by commas, with * and ?; selector is what kubectl's -l takes.
  Each flag may be repeated: an object is mirrored when it fits one --include (or there is none) and no --exclude.
  --include, -n, -l and -A replace the include of the configuration file; --exclude adds to its exclude.
    --exclude 'types=secrets,configmaps;namespaces=dev-*' --exclude 'selector=preview=true'`;

/** Options of the program itself; they may stand before or after the command. */
export function addGlobalOptions(program: Command): Command {
  return program
    .option('--repo <dir|url>', 'the git repository')
    .option('--config <file>', 'configuration file (YAML); kubetape config schema describes it')
    .option('-o, --output <format>', 'form of the output; --help of a command lists its forms')
    .addOption(new Option('-q, --quiet', 'errors only, no progress').conflicts('verbose'))
    .option('-v, --verbose', 'log more (--log-level debug), show the causes of errors')
    .option('--log-level <level>', 'debug, info, warn or error')
    .option('--log-format <format>', 'text or json; logs go to stderr')
    .addOption(new Option('--color <when>', 'auto, always or never; NO_COLOR is respected').choices(['auto', 'always', 'never']).default('auto'))
    .option('--no-pager', 'never start a pager');
}

/** kubectl's kubeconfig flags, with kubectl's meaning. */
export function addClusterOptions(command: Command): Command {
  return command
    .option('--kubeconfig <file>', 'kubeconfig file')
    .option('--context <name>', 'kubeconfig context')
    .option('--cluster <name>', 'kubeconfig cluster')
    .option('--user <name>', 'kubeconfig user')
    .option('--server <url>', 'address of the API server')
    .option('--token <token>', 'bearer token (visible in the process list; prefer a kubeconfig)')
    .option('--as <user>', 'user to impersonate')
    .option('--as-group <group>', 'group to impersonate; may be repeated', collect)
    .option('--as-uid <uid>', 'UID to impersonate')
    .option('--certificate-authority <file>', 'certificate authority of the API server')
    .option('--tls-server-name <name>', 'name to check the certificate of the server against')
    .option('--insecure-skip-tls-verify', 'do not check the certificate of the server');
}

/** What of the cluster: the filters. */
export function addFilterOptions(command: Command): Command {
  return command
    .option('-n, --namespace <glob>', 'only these namespaces; may be repeated', collect)
    .option('-A, --all-namespaces', 'every namespace and what has none (the default)')
    .option('-l, --selector <selector>', 'only objects with these labels')
    .option('--include <filter>', 'only what fits; may be repeated', collect)
    .option('--exclude <filter>', 'not what fits; may be repeated', collect)
    .addHelpText('after', FILTER_HELP);
}

/** How it is mirrored. */
export function addMirrorOptions(command: Command): Command {
  return addBranchOption(command)
    .option('--secrets <mode>', 'digest, plain or skip')
    .option('--digest-key <file>', 'file with the key of the Secret digests')
    .option('--window <duration>', 'a change is committed at most this long after it was seen')
    .option('--verify-every <duration>', 'how often the daemon proves that the repository is what the cluster is; off: never')
    .option('--listen <address>', 'serve /livez, /readyz, /metrics and /status on HOST:PORT, :PORT or PORT');
}

export function addBranchOption(command: Command): Command {
  return command.option('--branch <name>', 'the branch of this cluster');
}

/** Which objects of a repository; words name types and objects. */
export function addSelectionOptions(command: Command, all = 'every namespace and what has none (the default)'): Command {
  return command
    .option('-n, --namespace <glob>', 'only these namespaces; may be repeated', collect)
    .option('-A, --all-namespaces', all)
    .option('-l, --selector <selector>', 'only objects with these labels')
    .option('--exclude <filter>', "not what fits 'types=…;namespaces=…;names=…;selector=…'; may be repeated", collect);
}

export function addAtOption(command: Command): Command {
  return command.option('--at <revision>', 'as it was then: a commit, tag, branch, HEAD~3, a time (2026-11-20T14:00Z, "2 hours ago") or rv:12345');
}

export function addRevealOption(command: Command): Command {
  return command.option('--reveal', 'show the values of Secrets');
}

export function addDigestKeyOption(command: Command): Command {
  return command.option('--digest-key <file>', 'file with the key of the Secret digests (default: REPOSITORY.digest-key)');
}

/** An option that may be repeated. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}
