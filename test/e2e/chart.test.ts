/**
 * What the Helm chart renders to, and whether what that names exists. Its form is for chart-schemas.test.ts to
 * check.
 */
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { variables } from '../../src/config/environment.ts';
import { configSchema } from '../../src/config/schema.ts';
import {
  chart,
  defaults,
  readChart as read,
  render,
  renderFiles,
  type Tree,
  templateFiles,
} from './chart-render.ts';

const schema: Tree = JSON.parse(read('values.schema.json'));

describe('chart', () => {
  test('renders what a gateway needs, and nothing optional, by default', () => {
    const manifests = render();
    expect(Object.keys(manifests).sort()).toEqual(['ConfigMap', 'Deployment', 'Service', 'ServiceAccount']);
    for (const manifest of Object.values(manifests)) {
      expect(manifest.metadata.name).toBe('shop-lockstep');
      expect(manifest.metadata.labels['app.kubernetes.io/instance']).toBe('shop');
      expect(manifest.metadata.labels['helm.sh/chart']).toBe(`lockstep-${chart.version}`);
    }
    expect(render({}, 'lockstep-eu').Service.metadata.name).toBe('lockstep-eu');
    expect(render({ fullnameOverride: 'cache' }).Service.metadata.name).toBe('cache');
  });

  test('its parts refer to each other by names that exist', () => {
    const { Deployment, Service, ConfigMap, ServiceAccount } = render();
    const pod = Deployment.spec.template;
    const [container] = pod.spec.containers;
    const ports = container.ports.map((port: Tree) => port.name);
    expect(pod.metadata.labels).toMatchObject(Deployment.spec.selector.matchLabels);
    expect(pod.metadata.labels).toMatchObject(Service.spec.selector);
    for (const port of Service.spec.ports) expect(ports).toContain(port.targetPort);
    expect(ports).toContain(container.livenessProbe.httpGet.port);
    expect(ports).toContain(container.readinessProbe.httpGet.port);
    expect(pod.spec.serviceAccountName).toBe(ServiceAccount.metadata.name);
    const [volume] = pod.spec.volumes;
    expect(volume.configMap.name).toBe(ConfigMap.metadata.name);
    expect(container.volumeMounts[0].name).toBe(volume.name);
    const [configFile] = Object.keys(ConfigMap.data);
    expect(container.args).toContain(`${container.volumeMounts[0].mountPath}/${configFile}`);
    expect(container.image).toBe(`lockstep:${chart.appVersion}`);
  });

  test('takes URLs and the token from the Secret alone', () => {
    const manifests = render();
    const environment: Tree[] = manifests.Deployment.spec.template.spec.containers[0].env;
    const secrets = environment.filter((one) => one.valueFrom?.secretKeyRef.name === 'gateway');
    expect(secrets.map((one) => one.name).sort()).toEqual([
      'LOCKSTEP_ADMIN_TOKEN',
      'LOCKSTEP_PRIMARY_URL',
      'LOCKSTEP_SHADOW_URL',
      'LOCKSTEP_TRACING_OTLP_HEADERS',
    ]);
    expect(manifests.Secret).toBeUndefined();
  });

  test('sets only what the gateway knows, to what the gateway takes', () => {
    const { Deployment, ConfigMap } = render();
    for (const { name } of Deployment.spec.template.spec.containers[0].env) {
      expect([...variables.keys()]).toContain(name);
    }
    const config = configSchema.safeParse(parse(ConfigMap.data['lockstep.yaml']));
    expect(config.error?.issues ?? []).toEqual([]);
    expect(config.data?.limits.drainTimeoutMs).toBeLessThan(defaults.terminationGracePeriodSeconds * 1000);
  });

  test('runs without rights it does not need', () => {
    const { spec } = render().Deployment.spec.template;
    expect(spec.securityContext.runAsNonRoot).toBe(true);
    expect(spec.automountServiceAccountToken).toBe(false);
    expect(spec.containers[0].securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('makes another pod when the configuration changes', () => {
    const checksum = (values: Tree): string =>
      render(values).Deployment.spec.template.metadata.annotations['checksum/config'];
    expect(checksum({})).toBe(checksum({}));
    expect(checksum({})).not.toBe(checksum({ config: { workers: 3 } }));
  });

  test('renders every option', () => {
    const texts = { one: 'first', two: 'second' };
    const manifests = render({
      replicaCount: 2,
      serviceMonitor: { enabled: true, interval: '30s', labels: texts },
      podDisruptionBudget: { enabled: true, minAvailable: 1 },
      prometheusRule: { enabled: true, labels: texts, runbook: 'https://wiki.example/runbook' },
      serviceAccount: { create: false, name: 'given', annotations: {} },
      service: { ...defaults.service, annotations: texts },
      imagePullSecrets: [{ name: 'registry' }],
      podAnnotations: texts,
      podLabels: texts,
      nodeSelector: texts,
      tolerations: [{ key: 'cache', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
      extraVolumes: [{ name: 'certificates', secret: { secretName: 'tls' } }],
      extraVolumeMounts: [{ name: 'certificates', mountPath: '/certificates' }],
    });
    const { Deployment, Service, ServiceMonitor, PodDisruptionBudget } = manifests;
    const pod = Deployment.spec.template;
    expect(manifests.ServiceAccount).toBeUndefined();
    expect(pod.spec.serviceAccountName).toBe('given');
    expect(Service.metadata.annotations).toEqual(texts);
    expect(pod.metadata.labels).toMatchObject(texts);
    expect(pod.metadata.annotations).toMatchObject(texts);
    expect(pod.spec).toMatchObject({
      imagePullSecrets: [{ name: 'registry' }],
      nodeSelector: texts,
      tolerations: [{ key: 'cache', operator: 'Exists' }],
      affinity: { nodeAffinity: {} },
      topologySpreadConstraints: [{ maxSkew: 1 }],
    });
    expect(pod.spec.volumes[1].name).toBe('certificates');
    expect(pod.spec.containers[0].volumeMounts[1].mountPath).toBe('/certificates');
    expect(ServiceMonitor.spec.selector.matchLabels).toEqual(Service.spec.selector);
    expect(ServiceMonitor.spec.endpoints[0]).toMatchObject({
      port: 'admin',
      path: '/metrics',
      interval: '30s',
      authorization: { type: 'Bearer', credentials: { name: 'gateway', key: 'admin-token' } },
    });
    expect(ServiceMonitor.metadata.labels).toMatchObject(texts);
    const { groups } = manifests.PrometheusRule.spec;
    const alerts: Tree[] = groups.flatMap((group: Tree) => group.rules).filter((rule: Tree) => rule.alert);
    expect(manifests.PrometheusRule.metadata.labels).toMatchObject(texts);
    expect(alerts.length).toBeGreaterThan(10);
    for (const { alert, annotations } of alerts) {
      expect(annotations.runbook_url).toBe(`https://wiki.example/runbook#${alert.toLowerCase()}`);
      expect(annotations.summary).toContain('{{ $labels.instance }}');
    }
    expect(PodDisruptionBudget.spec.minAvailable).toBe(1);
  });

  test('scales on how busy gateways are, and leaves their number to that', () => {
    const { Deployment, HorizontalPodAutoscaler } = render({
      autoscaling: { ...defaults.autoscaling, enabled: true, busyRatio: '650m' },
    });
    expect(render().Deployment.spec.replicas).toBe(1);
    expect(Deployment.spec).not.toHaveProperty('replicas');
    const { scaleTargetRef, minReplicas, maxReplicas, metrics } = HorizontalPodAutoscaler.spec;
    expect(scaleTargetRef).toEqual({
      apiVersion: Deployment.apiVersion,
      kind: Deployment.kind,
      name: Deployment.metadata.name,
    });
    expect(minReplicas).toBeLessThan(maxReplicas);
    const target = { type: 'AverageValue', averageValue: '650m' };
    expect(metrics).toEqual([
      { type: 'Pods', pods: { metric: { name: 'lockstep_worker_busy_ratio' }, target } },
    ]);
  });

  test('lets in whom the policy lists: clients to the one port, others to the other', () => {
    const clients = [{ podSelector: { matchLabels: { cache: 'yes' } } }];
    const policyOf = (more: Tree): Tree =>
      render({ networkPolicy: { ...defaults.networkPolicy, enabled: true, ...more } }).NetworkPolicy.spec;
    const { Deployment } = render();
    const policy = policyOf({ clients });
    expect(policy.podSelector).toEqual(Deployment.spec.selector);
    expect(policy.ingress).toEqual([
      { ports: [{ port: 'redis', protocol: 'TCP' }], from: clients },
      { ports: [{ port: 'admin', protocol: 'TCP' }], from: [{ podSelector: {} }] },
    ]);
    expect(policyOf({ admin: [] }).ingress).toEqual([{ ports: [{ port: 'redis', protocol: 'TCP' }] }]);
  });

  test('its notes warn of several gateways', () => {
    const one = renderFiles({}).get('NOTES.txt') ?? '';
    const two = renderFiles({ replicaCount: 2 }).get('NOTES.txt') ?? '';
    expect(one).toContain('shop-lockstep.caches.svc:6379');
    expect(one).not.toContain('WARNING');
    expect(two).toContain('WARNING');
  });

  test('every value that a template reads has a default and is in the schema, and the other way round', () => {
    const texts = templateFiles.map((file) => read(`templates/${file}`)).join('\n');
    const used = new Set([...texts.matchAll(/\.Values\.([\w.]+)/g)].map((match) => match[1]!));
    for (const name of used) {
      const steps = name.split('.');
      expect(
        steps.reduce((value: Tree, step) => value?.[step], defaults),
        name,
      ).toBeDefined();
      expect(
        steps.reduce((value: Tree, step) => value?.properties?.[step], schema),
        name,
      ).toBeDefined();
    }
    const known = Object.keys(schema.properties).sort();
    expect(Object.keys(defaults).sort()).toEqual(known);
    expect([...new Set([...used].map((name) => name.split('.')[0]!))].sort()).toEqual(known);
  });
});
