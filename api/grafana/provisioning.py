"""Grafana's own provisioning files: where the dashboards ask, and where they lie.

Addresses and tokens are left as variables of Grafana's environment: no file holds a secret.
"""

from typing import Any, Final

MAIN_ORGANISATION: Final = 1
"""The organisation that Grafana makes at its first start."""

FOLDER: Final = {"title": "Pilotbed", "uid": "pilotbed"}
"""The folder of dashboards, in every organisation."""

INFINITY: Final = "yesoreyeram-infinity-datasource"


def datasources(org: int, readings: bool) -> dict[str, Any]:
    """What the dashboards of an organisation ask: our API, Prometheus, and raw readings only if `readings`.

    The token is for one pilot and everybody in the organisation shares it, so each organisation has its own.
    """
    asked = [
        {
            "name": "Pilotbed",
            "uid": "pilotbed-api",
            "orgId": org,
            "type": INFINITY,
            "access": "proxy",
            "url": "$PILOTBED_URL",
            "editable": False,
            "jsonData": api_access("$PILOTBED_URL"),
            # The first dollar keeps Grafana from expanding what the plugin is to fill in.
            "secureJsonData": api_secrets(f"${token_variable(org)}", user="$${__user.login}"),
        },
        {
            "name": "Prometheus",
            "uid": "pilotbed-prometheus",
            "orgId": org,
            "type": "prometheus",
            "access": "proxy",
            "url": "$PROMETHEUS_URL",
            "editable": False,
            "jsonData": {"httpMethod": "POST", "timeInterval": "15s"},
        },
    ]
    if readings:
        asked.append(
            {
                "name": "Readings",
                "uid": "pilotbed-influx",
                "orgId": org,
                "type": "influxdb",
                "access": "proxy",
                "url": "$INFLUX_URL",
                "editable": False,
                "jsonData": {
                    "version": "InfluxQL",
                    "dbName": "$INFLUX_BUCKET",
                    "httpMode": "POST",
                    "timeInterval": "1m",
                    "httpHeaderName1": "Authorization",
                },
                "secureJsonData": {"httpHeaderValue1": "Token $INFLUX_TOKEN"},
            }
        )
    return {"apiVersion": 1, "prune": True, "datasources": asked}


def api_access(url: str) -> dict[str, Any]:
    """How the plugin may ask our API at `url` (scheme, host and port, no slash at the end).

    The query's address is glued to `url` as text and any viewer may send a query: `allowedHosts` keeps the
    token from being carried elsewhere.
    """
    return {
        "auth_method": "bearerToken",
        "allowedHosts": [f"{url}/api/v1/"],
        "timeoutInSeconds": 30,
        "unsecuredQueryHandling": "deny",
        "allowDangerousHTTPMethods": False,
        "customHealthCheckEnabled": True,
        "customHealthCheckUrl": f"{url}/api/v1/pilots",
        "httpHeaderName1": "X-Grafana-User",
    }


def api_secrets(token: str, user: str = "${__user.login}") -> dict[str, str]:
    """What Grafana keeps to itself: our token, and the header that says who looked, for the log."""
    return {"bearerToken": token, "httpHeaderValue1": user}


def token_variable(org: int) -> str:
    """The variable of Grafana's environment that holds the token of an organisation."""
    return "PILOTBED_GRAFANA_TOKEN" + ("" if org == MAIN_ORGANISATION else f"_{org}")


def providers(org: int) -> dict[str, Any]:
    """Where the dashboards of an organisation lie; nobody changes them in Grafana's interface."""
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": f"pilotbed{suffix(org)}",
                "orgId": org,
                "type": "file",
                "folder": FOLDER["title"],
                "folderUid": FOLDER["uid"],
                "disableDeletion": False,
                "allowUiUpdates": False,
                "updateIntervalSeconds": 30,
                "options": {"path": f"${{PILOTBED_DASHBOARDS}}{suffix(org)}"},
            }
        ],
    }


def suffix(org: int) -> str:
    """What tells the files of an organisation from those of the main one, which have nothing."""
    return "" if org == MAIN_ORGANISATION else f"-org-{org}"
