/**
 * The chart's manifests and the examples beside it, checked against the schemas of the Kubernetes API. There is no
 * cluster here: that a cluster's controllers do what the manifests ask for is not tested, nor are CEL expressions
 * evaluated.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { variables } from '../../src/config/environment.ts';
import { configSchema } from '../../src/config/schema.ts';
import { chartFolder, effectiveValues, readChart, render, type Tree } from './chart-render.ts';
import { unknownFields, validateManifests } from './kubernetes-schemas.ts';

const examples = path.join(chartFolder, '../examples');

function readExample(file: string): Tree[] {
  const documents = parseAllDocuments(fs.readFileSync(path.join(examples, file), 'utf8'));
  return documents.map((document) => {
    expect(document.errors, file).toEqual([]);
    return document.toJS();
  });
}

const tlsValues: Tree = readExample('tls-values.yaml')[0];

/** Sets of values that between them use every template, and every branch of those. */
const valueSets: Readonly<Record<string, Tree>> = {
  'the defaults': {},
  'several gateways': {
    autoscaling: { enabled: true },
    podDisruptionBudget: { enabled: true, minAvailable: '50%' },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'topology.kubernetes.io/zone',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'lockstep' } },
      },
    ],
    service: { type: 'LoadBalancer', annotations: { 'example.com/internal': 'true' } },
  },
  'all that is watched': {
    serviceMonitor: { enabled: true, interval: '30s', labels: { team: 'caches' } },
    prometheusRule: { enabled: true, labels: { team: 'caches' } },
  },
  'a closed network': {
    networkPolicy: {
      enabled: true,
      clients: [{ namespaceSelector: { matchLabels: { shop: 'yes' } } }],
      admin: [{ podSelector: { matchLabels: { app: 'prometheus' } } }],
    },
    serviceAccount: { annotations: { 'example.com/role': 'cache' } },
    imagePullSecrets: [{ name: 'registry' }],
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
    tolerations: [{ key: 'cache', operator: 'Exists', effect: 'NoSchedule' }],
    podLabels: { tier: 'cache' },
    podAnnotations: { note: 'one' },
    affinity: { podAntiAffinity: {} },
  },
  'TLS of cert-manager': tlsValues,
  'TLS of a Secret, with client certificates': {
    tls: { enabled: true, secretName: 'given', clientCertificates: 'required' },
    extraVolumes: [{ name: 'certificates', secret: { secretName: 'upstream-tls' } }],
    extraVolumeMounts: [{ name: 'certificates', mountPath: '/certificates', readOnly: true }],
  },
};

const exampleFiles = ['issuer.yaml', 'sidecar.yaml', 'inject.yaml'];

test.each(Object.entries(valueSets))(
  'with %s, values and manifests are as their schemas say',
  async (_name, values) => {
    const check = new Ajv({ strict: false }).compile(JSON.parse(readChart('values.schema.json')));
    check(effectiveValues(values));
    expect(check.errors ?? []).toEqual([]);
    await validateManifests(Object.values(render(values)));
  },
);

test.each(exampleFiles)('the example %s is as the schemas say', async (file) => {
  await validateManifests(readExample(file));
});

test('what is wrong with a manifest is found', async () => {
  const { Deployment, PrometheusRule, Certificate } = render({
    ...tlsValues,
    prometheusRule: { enabled: true },
  });
  Deployment.spec.template.spec.containers[0].ports[0].containerPort = 'redis';
  await expect(validateManifests([Deployment])).rejects.toThrow(/containerPort/);
  delete PrometheusRule.spec.groups[0].name;
  await expect(validateManifests([PrometheusRule])).rejects.toThrow(/name/);
  delete Certificate.spec.issuerRef;
  await expect(validateManifests([Certificate])).rejects.toThrow(/issuerRef/);
});

test('no manifest has a field that does not exist', { timeout: 300_000 }, () => {
  const manifests = [
    ...Object.values(valueSets).flatMap((values) => Object.values(render(values))),
    ...exampleFiles.flatMap(readExample),
  ];
  // Two that do, so that it is known to be told.
  const { Deployment, ServiceMonitor } = render({ serviceMonitor: { enabled: true } });
  Deployment.spec.template.spec.containers[0].imagePullPolice = 'Always';
  ServiceMonitor.spec.endpoints[0].intervall = '15s';
  const complaints = unknownFields([...manifests, Deployment, ServiceMonitor]);
  expect(complaints).toEqual([
    expect.stringContaining('imagePullPolice'),
    expect.stringContaining('intervall'),
  ]);
});

test('with TLS the listener has the mounted certificate, which is that of cert-manager', () => {
  const { Deployment, ConfigMap, Certificate } = render(tlsValues);
  const { containers, volumes } = Deployment.spec.template.spec;
  const volume = volumes.find((one: Tree) => one.name === 'tls');
  const mount = containers[0].volumeMounts.find((one: Tree) => one.name === 'tls');
  expect(Certificate.spec.secretName).toBe(volume.secret.secretName);
  expect(Certificate.spec.dnsNames).toEqual([
    'shop-lockstep',
    'shop-lockstep.caches',
    'shop-lockstep.caches.svc',
    'shop-lockstep.caches.svc.cluster.local',
    'cache.example.com',
  ]);
  const config = configSchema.parse(parse(ConfigMap.data['lockstep.yaml']));
  expect(config.listen).toMatchObject([
    {
      address: '0.0.0.0:6379',
      tls: {
        certificate: `${mount.mountPath}/tls.crt`,
        key: `${mount.mountPath}/tls.key`,
        authority: null,
        clientCertificates: 'none',
      },
    },
  ]);
  // The image sets it; empty counts as not set.
  expect(containers[0].env).toContainEqual({ name: 'LOCKSTEP_LISTEN', value: '' });
  const mutual = render({ tls: { enabled: true, secretName: 'given', clientCertificates: 'required' } });
  expect(mutual.Certificate).toBeUndefined();
  const { listen } = configSchema.parse(parse(mutual.ConfigMap.data['lockstep.yaml']));
  expect(listen[0]!.tls).toMatchObject({
    authority: `${mount.mountPath}/ca.crt`,
    clientCertificates: 'required',
  });
  const checksum = (manifest: Tree): string => manifest.spec.template.metadata.annotations['checksum/config'];
  expect(checksum(mutual.Deployment)).not.toBe(checksum(render().Deployment));
});

/** CEL makes objects by type names and braces; without the names that is a map of YAML. */
function objectOf(expression: string): Tree {
  return parse(expression.replace(/Object(\.\w+)*\{/g, '{'));
}

describe('examples', () => {
  test('the gateway that is injected is that of the sidecar example', () => {
    const [policy, binding] = readExample('inject.yaml');
    const [{ spec }] = readExample('sidecar.yaml');
    const injected = objectOf(policy.spec.mutations[0].applyConfiguration.expression).spec;
    expect(injected).toEqual({
      enableServiceLinks: spec.template.spec.enableServiceLinks,
      initContainers: spec.template.spec.initContainers,
    });
    expect(binding.spec.policyName).toBe(policy.metadata.name);
  });

  test('the sidecar has the rights of the chart, its secrets by reference, and settings that exist', () => {
    const { containers, securityContext } = render().Deployment.spec.template.spec;
    const [{ spec }] = readExample('sidecar.yaml');
    const [gateway] = spec.template.spec.initContainers;
    expect(gateway.image).toBe(containers[0].image);
    expect(gateway.securityContext).toEqual({ ...securityContext, ...containers[0].securityContext });
    for (const { name } of gateway.env) expect([...variables.keys()]).toContain(name);
    const plain: Tree[] = gateway.env.filter((one: Tree) => one.valueFrom === undefined);
    expect(plain.map((one) => one.name)).toEqual([
      'LOCKSTEP_LISTEN',
      'LOCKSTEP_ADMIN_LISTEN',
      'LOCKSTEP_WORKERS',
    ]);
    const [application] = spec.template.spec.containers;
    expect(application.env[0].value).toBe(`redis://${plain[0].value}`);
  });
});
