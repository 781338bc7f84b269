# An MLflow server that keeps its records in PostgreSQL, for compose.yaml.
FROM python:3.11.15-slim-trixie
WORKDIR /app
COPY deploy/mlflow.txt ./
# A new volume takes over whose the folder is that it is laid on.
RUN pip install --no-cache-dir --compile --require-hashes -r mlflow.txt \
    && install --directory --owner=10001 --group=10001 /artifacts

# PYTHONUNBUFFERED: a log line is seen when it is written.
# MLFLOW_DISABLE_TELEMETRY, DO_NOT_TRACK: nothing is reported to anybody.
# GIT_…: MLflow looks for git, which isn't there.
ENV PYTHONUNBUFFERED=1 \
    HOME=/tmp \
    MLFLOW_DISABLE_TELEMETRY=true \
    DO_NOT_TRACK=true \
    GIT_PYTHON_REFRESH=quiet

USER 10001:10001
EXPOSE 5000
VOLUME /artifacts
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:5000/health', timeout=2)"]
ENTRYPOINT ["mlflow", "server", "--host=0.0.0.0", "--port=5000", "--serve-artifacts", "--artifacts-destination=/artifacts"]
