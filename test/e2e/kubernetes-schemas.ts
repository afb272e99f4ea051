/**
 * Checks manifests against the schemas of the Kubernetes API and of the custom resources that the chart uses, without a
 * cluster, from the packages kubernetes-models and @kubernetes-models/*. Their validators say what is missing or of the
 * wrong form. Fields that do not exist pass them, as they pass an API server that is not asked to be strict, so the
 * compiler checks each manifest as a literal of its kind's type as well: it knows every field.
 */
import * as path from 'node:path';
import ts from 'typescript';

/** Where a kind is described: folder of the package, and the name of the type there. */
const folders: Readonly<Record<string, string>> = {
  v1: 'kubernetes-models/v1',
  'apps/v1': 'kubernetes-models/apps/v1',
  'autoscaling/v2': 'kubernetes-models/autoscaling/v2',
  'policy/v1': 'kubernetes-models/policy/v1',
  'networking.k8s.io/v1': 'kubernetes-models/networking.k8s.io/v1',
  'admissionregistration.k8s.io/v1': 'kubernetes-models/admissionregistration.k8s.io/v1',
  'monitoring.coreos.com/v1': '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1',
  'cert-manager.io/v1': '@kubernetes-models/cert-manager/cert-manager.io/v1',
};

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

interface ModelClass {
  new (data: object): { validate(): void };
}

function moduleOf({ apiVersion, kind }: Manifest): string {
  const folder = folders[apiVersion];
  if (folder === undefined) throw new Error(`no schemas are known for ${apiVersion} ${kind}`);
  return `${folder}/${kind}`;
}

/** Throws what the first manifest that is wrong lacks, or has of another form. */
export async function validateManifests(manifests: readonly Manifest[]): Promise<void> {
  for (const manifest of manifests) {
    const models = (await import(moduleOf(manifest))) as Readonly<Record<string, ModelClass>>;
    const { apiVersion, kind, ...data } = manifest;
    try {
      new models[kind]!(data).validate();
    } catch (error) {
      throw new Error(`${apiVersion} ${kind}: ${String(error)}`);
    }
  }
}

/**
 * What the compiler has against manifests, each a literal of its kind's type. It takes seconds, however many they are:
 * ask once.
 */
export function unknownFields(manifests: readonly Manifest[]): string[] {
  const source = manifests
    .map((manifest, index) => {
      const type = `import('${moduleOf(manifest)}').I${manifest.kind}`;
      return `export const manifest${index}: ${type} = ${JSON.stringify(manifest, undefined, 2)};`;
    })
    .join('\n');
  const file = path.join(import.meta.dirname, 'manifests-of-the-chart.ts');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, ...rest) =>
    name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022) : getSourceFile(name, ...rest);
  host.fileExists = (name) => name === file || fileExists(name);
  const program = ts.createProgram([file], options, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map((one) => ts.flattenDiagnosticMessageText(one.messageText, '\n').split('\n').join(' '));
}
