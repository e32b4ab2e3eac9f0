/** Where and what the cluster is, unless somebody says otherwise: for nodes and for the command line. */
export const CLUSTER_DEFAULTS = { master: '127.0.0.1:5050', cluster: 'messor' } as const;
