# Relève : tout commence ici. « make run » pour voir, « make test » pour vérifier.
# Needs only Python >= 3.11 with pip, Node >= 20 with npm, GNU make, and a package registry.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
BIN := .venv/bin
CLIENTS ?= 64

.DEFAULT_GOAL := help
.PHONY: help run test check bench bench-booking bench-territory demo setup setup-dev setup-bench lock format clean

help: ## Cette aide
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 26

run: setup ## Prépare ce qui manque et sert sur http://$(HOST):$(PORT)
	@exec $(BIN)/releve up --host $(HOST) --port $(PORT)

test: setup-dev ## Toutes les vérifications et tous les tests, sur SQLite et PostgreSQL, navigateur compris
	@exec $(BIN)/python scripts/test_all.py $(ARGS)

check: setup-dev ## Format, lint, types, imports, gabarits, migrations, glossaire
	@exec $(BIN)/python scripts/check.py

bench: bench-booking bench-territory ## Toutes les mesures, figures en JSON

bench-booking: setup-dev ## Mesures : réservation, recherche de créneaux
	$(BIN)/releve bench booking --clients $(CLIENTS) --json
	$(BIN)/releve bench slots --json

bench-territory: setup-bench ## Mesures : accessibilité et lieux, à côté des bibliothèques comparables
	$(BIN)/releve bench accessibility --json
	$(BIN)/releve bench siting --json

demo: setup ## Reconstruit la démonstration autour d'aujourd'hui
	@$(BIN)/releve migrate
	@$(BIN)/releve demo

setup: ## Environnement d'exécution depuis les verrous
	@$(PYTHON) scripts/setup.py

setup-dev: ## Environnement complet (outils de test)
	@$(PYTHON) scripts/setup.py --dev

setup-bench: ## Environnement complet, avec les bibliothèques auxquelles on se compare
	@$(PYTHON) scripts/setup.py --bench

lock: setup-dev ## Régénère les verrous (requirements/, package-lock.json)
	sh scripts/lock.sh

format: setup-dev ## Met le code en forme
	$(BIN)/ruff check --fix --exit-zero . && $(BIN)/ruff format .

clean: ## Efface l'environnement et les fichiers produits (garde la base var/*.sqlite3)
	rm -rf .venv node_modules src/releve/web/ui/static/vendor var/setup var/static var/cache
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
